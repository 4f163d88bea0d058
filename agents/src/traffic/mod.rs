//! Background traffic: vehicles that follow their courses by IDM, and enter what they could block only
//! with leave that is given to all of them together.
//!
//! In: everyone's true state and route. Out: an acceleration for each vehicle. Start reading at
//! [`decide`], then at [`leave`].

pub mod course;
pub mod decide;
pub mod detour;
pub mod lanes;
pub mod leave;
pub mod meet;
pub mod mobil;
pub mod mover;
pub mod strip;
pub mod zones;
