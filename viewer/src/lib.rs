//! The interactive visual debugger: a run in time, its scene, and panels that say why.
//!
//! In: a scenario or a record, and who can drive. Out: a window, or a picture. [`run`] makes ticks or reads them,
//! [`app`] is everything but the window, [`ui`] draws its panels and [`scene`] what they look through at.
//! Start reading at [`app::App`].

pub mod app;
mod apply;
pub mod author;
pub mod camera;
pub mod clock;
pub mod command;
pub mod compare;
pub mod document;
pub mod film;
pub mod hand;
pub mod layers;
pub mod plot;
pub mod run;
pub mod scene;
pub mod settings;
mod shown;
pub mod signal;
mod stereo;
pub mod tiles;
pub mod ui;
pub mod why;
pub mod window;
