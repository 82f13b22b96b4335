//! The parts that a cloud is assembled from. None of them knows another floor.

pub(crate) mod clock;
pub(crate) mod digest;
pub(crate) mod executor;
pub(crate) mod faults;
pub(crate) mod hosts;
pub(crate) mod log;
pub(crate) mod postman;
pub(crate) mod refusal;
pub(crate) mod request_log;
pub(crate) mod running;
pub(crate) mod secrets;
pub(crate) mod sessions;
pub(crate) mod store_error;
