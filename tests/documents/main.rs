//! The pages: their links lead somewhere, their code is valid, and what they name exists.

mod english;
mod floors;
mod links;
mod pages;
mod platforms;
mod shell;
mod versions;
mod workflows;
