//! The parts that a cloud is assembled from. None of them knows another floor.

pub(crate) mod clock;
pub(crate) mod faults;
pub(crate) mod log;
pub(crate) mod postman;
pub(crate) mod request_log;
pub(crate) mod secrets;
pub(crate) mod sessions;
