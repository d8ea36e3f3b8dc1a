//! What people and programs read: text on stderr, JSON on stdout, a line at a time.

use std::io::{self, Write};

/// Tells a person one line, or several. A reader that went away is no reason to stop.
pub fn tell(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "{text}");
    let _ = stderr.flush();
}

/// Writes over the line that was written so before. Nothing at all clears it.
pub fn rewrite_line(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "\r\x1b[K{text}");
    let _ = stderr.flush();
}

/// Gives a program one JSON object on a line of its own. The error is that nobody could read it.
pub fn answer(object: &serde_json::Value) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{object}")?;
    stdout.flush()
}
