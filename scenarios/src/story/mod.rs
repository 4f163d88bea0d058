//! The storyboard engine: the tree of elements, the cast of entities and the step from one tick to
//! the next.

mod boxes;
mod cast;
mod course;
mod driver;
mod elements;
mod environment;
mod geo;
mod junction;
mod lanes;
mod path;
mod place;
mod player;
mod read;
mod resolve;
mod route;
mod signals;
mod storyboard;
mod traffic;
pub(crate) mod trailer;

pub use boxes::Rectangle;
pub use cast::{Cast, Target};
pub use course::{Course, CoursePoint};
pub use driver::Driver;
pub use elements::{Element, ElementId, ElementKind, Elements, Priority, State, Transition};
pub use environment::{EnvironmentState, date_time_s, parse_date_time_s};
pub use path::{RoadDifference, difference};
pub use place::{Along, JunctionChoice, Moved, Place};
pub use player::{Following, MovedBy, Player};
pub use read::{InitAction, StoryboardRead, read_storyboard};
pub use resolve::{has_lane, lane_beside};
pub use route::RouteRun;
pub use signals::SignalRun;
pub use sim::record::{EventLog, EventRow};
pub use storyboard::Storyboard;
