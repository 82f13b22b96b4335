//! A pseudo-terminal with a command in it, and what a user would see there.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use testkit::patience::PATIENCE;

fn at_least_one(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

/// A terminal with a command in it.
pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    bytes: Receiver<Vec<u8>>,
    /// What the terminal shows.
    pub(crate) screen: vt100::Parser,
    /// All output.
    pub(crate) raw: String,
    /// How much of the output has been searched for queries, in bytes.
    n_heard: usize,
}

/// The query for the colour of the background.
const BACKGROUND: &str = "\x1b]11;?";

/// The query for the position of the cursor.
const CURSOR: &str = "\x1b[6n";

/// The first query in a text, and its position.
fn next_question(text: &str) -> Option<(usize, &'static str)> {
    let find = |question| text.find(question).map(|at| (at, question));
    [BACKGROUND, CURSOR].into_iter().filter_map(find).min()
}

impl Terminal {
    /// Starts a command in a terminal of 40 rows and this width, with the environment of the command, and a `TERM` unless
    /// it has one.
    pub(crate) fn start(mut command: CommandBuilder, width: u16) -> Terminal {
        let size = PtySize {
            rows: 40,
            cols: width,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        if command.get_env("TERM").is_none() {
            command.env("TERM", "xterm-256color");
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, bytes) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // It ends with the command.
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 || sender.send(buffer[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Terminal {
            keyboard: pair.master.take_writer().unwrap(),
            master: pair.master,
            child,
            bytes,
            screen: vt100::Parser::new(at_least_one(40), at_least_one(width), 1000),
            raw: String::new(),
            n_heard: 0,
        }
    }

    /// What is visible, without empty lines at the end.
    pub(crate) fn seen(&self) -> String {
        self.screen.screen().contents().trim_end().to_owned()
    }

    /// Reads output until the terminal is as wanted.
    #[track_caller]
    pub(crate) fn until(&mut self, is_right: impl Fn(&Terminal) -> bool) {
        let begun = Instant::now();
        while !is_right(self) {
            assert!(begun.elapsed() < PATIENCE, "{}", self.seen());
            if let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(50)) {
                self.take(&bytes);
            }
        }
    }

    /// Reads output until the command has ended; returns its exit status.
    pub(crate) fn end(&mut self) -> u32 {
        self.end_looking(|_| {})
    }

    /// Like [`Terminal::end`]; calls `look` after each piece of output.
    pub(crate) fn end_looking(&mut self, mut look: impl FnMut(&Terminal)) -> u32 {
        while let Ok(bytes) = self.bytes.recv_timeout(PATIENCE) {
            self.take(&bytes);
            look(self);
        }
        self.child.wait().unwrap().exit_code()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.raw.push_str(&String::from_utf8_lossy(bytes));
        self.answer();
    }

    /// Answers the queries of programs: for the colour of the background, and for the position of the cursor. The Pulumi
    /// CLI sends both at its start, and waits five seconds if there is no answer.
    fn answer(&mut self) {
        while let Some((at, question)) = next_question(&self.raw[self.n_heard..]) {
            self.n_heard += at + question.len();
            if question == BACKGROUND {
                self.type_in("\x1b]11;rgb:0000/0000/0000\x1b\\");
            } else {
                let (row, column) = self.screen.screen().cursor_position();
                self.type_in(&format!("\x1b[{};{}R", row + 1, column + 1));
            }
        }
    }

    /// Changes the width.
    pub(crate) fn resize(&mut self, width: u16) {
        let (rows, columns) = (at_least_one(40), at_least_one(width));
        self.screen.screen_mut().set_size(rows, columns);
        self.master
            .resize(PtySize {
                rows: 40,
                cols: width,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
    }

    /// Presses Ctrl-C.
    pub(crate) fn interrupt(&mut self) {
        self.type_in("\x03");
    }

    /// Types a text.
    pub(crate) fn type_in(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// Whether the terminal is in its original state.
    pub(crate) fn is_clean(&self) -> bool {
        !self.screen.screen().hide_cursor()
            && self.screen.screen().fgcolor() == vt100::Color::Default
            && !self.screen.screen().bold()
    }
}
