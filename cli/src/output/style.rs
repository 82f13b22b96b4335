//! Colours. The output is understandable without them.

use anstream::ColorChoice;
use anstream::stream::RawStream;
use anstyle::{AnsiColor, Style};

/// The meaning of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Healthy.
    Good,
    /// Wrong: someone must act.
    Bad,
    /// Notable.
    Odd,
    /// In progress.
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

/// Colours text, or leaves it unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paint {
    is_on: bool,
}

impl Paint {
    /// Without colours.
    #[cfg(test)]
    pub(crate) const OFF: Paint = Paint { is_on: false };

    /// According to what the stream supports, and to `NO_COLOR` and similar variables.
    pub(crate) fn for_stream(stream: &impl RawStream) -> Paint {
        Paint {
            is_on: anstream::AutoStream::choice(stream) != ColorChoice::Never,
        }
    }

    /// The text in the colour of its tone.
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
