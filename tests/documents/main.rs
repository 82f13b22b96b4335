//! What people read: whether its links lead somewhere, its code can be what it says it is, and what it names is there.

mod english;
mod floors;
mod links;
mod pages;
mod platforms;
mod shell;
mod versions;
mod workflows;
