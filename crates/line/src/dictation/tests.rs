//! The script as operators hear it, and the drawing of it that people read.

mod course;
mod drawing;
mod properties;
mod stage;
