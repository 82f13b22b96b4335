//! The output of all commands: the result goes to standard output, everything else to standard error.
//!
//! # What this may not do
//!
//! Know stacks or the cloud. Use colours without a terminal, or against `NO_COLOR`.

mod json;
pub(crate) mod live;
pub(crate) mod progress;
mod screen;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod time;

pub(crate) use json::write_json;
pub(crate) use live::Live;
pub(crate) use progress::Progress;
pub(crate) use screen::Screen;
pub(crate) use style::Paint;
pub(crate) use table::{Cell, Table};
