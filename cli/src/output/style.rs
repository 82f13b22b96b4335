//! Colours. Every word can be read without them.

use anstream::ColorChoice;
use anstream::stream::RawStream;
use anstyle::{AnsiColor, Style};

/// What is good, bad, to be looked at, not important, or a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Healthy.
    Good,
    /// Not as it can stay.
    Bad,
    /// To be looked at.
    Odd,
    /// On its way.
    Busy,
    /// Not important.
    Quiet,
    /// A heading.
    Strong,
    /// Nothing special.
    Plain,
}

impl Tone {
    fn style(self) -> Style {
        let coloured = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Tone::Good => coloured(AnsiColor::Green),
            Tone::Bad => coloured(AnsiColor::Red).bold(),
            Tone::Odd => coloured(AnsiColor::Yellow),
            Tone::Busy => coloured(AnsiColor::Cyan),
            Tone::Quiet => Style::new().dimmed(),
            Tone::Strong => Style::new().bold(),
            Tone::Plain => Style::new(),
        }
    }
}

/// Colours text, or leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paint {
    is_on: bool,
}

impl Paint {
    /// Without colours.
    #[cfg(test)]
    pub(crate) const OFF: Paint = Paint { is_on: false };

    /// As a stream can show them, and as `NO_COLOR` and its like say.
    pub(crate) fn for_stream(stream: &impl RawStream) -> Paint {
        Paint {
            is_on: anstream::AutoStream::choice(stream) != ColorChoice::Never,
        }
    }

    /// The text in its tone.
    pub(crate) fn text(self, tone: Tone, text: &str) -> String {
        let style = tone.style();
        if self.is_on && !text.is_empty() && style != Style::new() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_back() {
        let on = Paint { is_on: true };
        assert_eq!(on.text(Tone::Good, "ok"), "\u{1b}[32mok\u{1b}[0m");
        assert_eq!(on.text(Tone::Plain, "ok"), "ok");
        assert_eq!(Paint::OFF.text(Tone::Bad, "no"), "no");
    }
}
