//! What people and programs read: text on stderr, JSON on stdout, a line at a time.

use std::io::{self, Write};

/// Tells a person one line, or several. A reader that went away is no reason to stop.
pub fn tell(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "{text}");
    let _ = stderr.flush();
}

/// Gives a program one JSON object on a line of its own.
pub fn answer(object: &serde_json::Value) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{object}");
    let _ = stdout.flush();
}
