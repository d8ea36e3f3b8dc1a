//! Why a command ended badly, and the exit code that says so.

use std::process::ExitCode;

/// Why a command ended badly.
#[derive(Debug)]
pub enum Failure {
    /// Something outside the program is wrong, and the person who started it can put it right: a
    /// setting, a file, a port. The sentence says what is wrong and what to do. Exit code 2.
    Setup(String),
    /// Anything else. Exit code 1.
    Other(anyhow::Error),
}

impl Failure {
    /// A fault that the person who started the program can put right.
    pub fn setup(sentence: impl Into<String>) -> Self {
        Self::Setup(sentence.into())
    }

    /// The exit code of the program.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Setup(_) => ExitCode::from(2),
            Self::Other(_) => ExitCode::from(1),
        }
    }

    /// What is told, in one line.
    pub fn line(&self) -> String {
        let text = match self {
            Self::Setup(sentence) => sentence.clone(),
            Self::Other(error) => format!("{error:#}"),
        };
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_in_one_line() {
        let failure = Failure::setup("the file\n  is\tgone");
        assert_eq!(failure.line(), "the file is gone");
        let failure = Failure::from(anyhow::anyhow!("inner").context("outer"));
        assert_eq!(failure.line(), "outer: inner");
    }
}
