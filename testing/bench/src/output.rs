//! What is told to whoever started the program.

use std::io::{self, Write};

/// Puts a line on stdout, for the process that reads it.
pub(crate) fn tell(line: &str) {
    let mut out = io::stdout().lock();
    // A reader that has gone away is no reason to end.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Puts text on stderr, for a person.
pub(crate) fn say(text: &str) {
    let mut out = io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
