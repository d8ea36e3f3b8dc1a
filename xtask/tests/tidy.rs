//! What a reader of the source may rely on: files of a readable length, no loose ends, links that
//! lead somewhere.

#![expect(clippy::expect_used, clippy::string_slice, reason = "a test says what is wrong by it")]

use std::fs;
use std::path::{Path, PathBuf};

/// The most lines of a file.
const LINES_MAX: usize = 500;
/// Folders that hold no source.
const NO_SOURCE: [&str; 3] = [".git", "target", "node_modules"];
/// What source is written in.
const SOURCE: [&str; 11] = ["c", "css", "h", "html", "js", "py", "rs", "sh", "sql", "svg", "toml"];

/// Loose ends. They are put together here, so that this file has none.
const LOOSE_ENDS: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("db", "g!"),
    concat!("#[al", "low("),
    concat!("#![al", "low("),
    concat!("#[ig", "nore"),
];

/// A loose end in a comment; elsewhere it is the currency code of no currency.
const LOOSE_END_OF_COMMENTS: &str = concat!("XX", "X");

/// The hosts of package registries: where a package comes from is the machine's own affair.
const REGISTRIES: [&str; 5] = [
    concat!("crates", ".io"),
    concat!("py", "pi.org"),
    concat!("python", "hosted.org"),
    concat!("registry.npm", "js.org"),
    concat!("proxy.go", "lang.org"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").to_path_buf()
}

/// Every file of the repository that has one of the endings.
fn files(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !NO_SOURCE.contains(&name.as_str()) {
                    folders.push(path);
                }
                continue;
            }
            let ending = path.extension().and_then(|ending| ending.to_str());
            if ending.is_some_and(|ending| endings.contains(&ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no file ends in any of {endings:?}");
    found
}

/// The lines of a file in which `is_wrong` finds something, as `path:line: text`.
fn lines_where(path: &Path, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let text = fs::read_to_string(path).expect("text");
    let numbered = text.lines().enumerate().filter(|(_, line)| is_wrong(line));
    numbered.map(|(index, line)| format!("{}:{}: {line}", path.display(), index + 1)).collect()
}

/// Whether `word` stands in `line` by itself, not as a part of a longer word.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let whole = |(at, _): (usize, &str)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let joins = |side: Option<char>, edge: Option<char>| {
            side.is_some_and(part_of_word) && edge.is_some_and(part_of_word)
        };
        !joins(before, word.chars().next()) && !joins(after, word.chars().next_back())
    };
    line.match_indices(word).any(whole)
}

#[test]
fn every_file_can_be_read_in_one_go() {
    for path in files(&SOURCE) {
        let lines = fs::read_to_string(&path).expect("text").lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines", path.display());
    }
}

#[test]
fn there_are_no_loose_ends() {
    let wrong: Vec<_> = files(&SOURCE)
        .iter()
        .flat_map(|path| {
            lines_where(path, |line| {
                let comment = line.split_once("//").map_or("", |(_, comment)| comment);
                LOOSE_ENDS.iter().any(|word| has_word(line, word))
                    || has_word(comment, LOOSE_END_OF_COMMENTS)
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_registry_is_named() {
    let mut paths = files(&SOURCE);
    paths.extend(files(&["md", "txt"]));
    let wrong: Vec<_> = paths
        .iter()
        .flat_map(|path| {
            lines_where(path, |line| REGISTRIES.iter().any(|host| line.contains(host)))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_link_in_the_documentation_leads_somewhere() {
    let mut broken = Vec::new();
    for path in files(&["md"]) {
        let text = fs::read_to_string(&path).expect("text");
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', ' ']).next().unwrap_or_default();
            let file = target.split('#').next().unwrap_or_default();
            let elsewhere = target.contains("://") || target.starts_with("mailto:");
            if elsewhere || file.is_empty() {
                continue;
            }
            if !path.parent().expect("a folder").join(file).exists() {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
