//! The master key: read from the environment or a file, made on the first start of a sandbox.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use deodar_engine::{MasterKey, Random};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::settings::MasterKeySource;

/// The length of the key in bytes.
const KEY_LENGTH: usize = 32;
/// The most bytes that are read of a key file.
const FILE_SIZE_MAX: u64 = 256;
/// The mode bits that a key file must not have: anything for the group or for others.
const MODE_TOO_OPEN: u32 = 0o077;

/// Reads the key; `None` where it is in a file that does not exist.
pub fn read(source: &MasterKeySource) -> Result<Option<MasterKey>, Failure> {
    match source {
        MasterKeySource::Given(hex) => parse(hex).map(Some).ok_or_else(|| {
            Failure::setup("DEODAR_MASTER_KEY is not a key: it takes 64 hexadecimal digits")
        }),
        MasterKeySource::File(path) => read_file(path),
    }
}

/// Reads the key, or makes it where its file does not exist yet and `may_make` allows it.
pub fn read_or_make(
    source: &MasterKeySource,
    may_make: bool,
    random: &dyn Random,
) -> Result<MasterKey, Failure> {
    if let Some(key) = read(source)? {
        return Ok(key);
    }
    let MasterKeySource::File(path) = source else {
        return Err(Failure::setup("there is no master key"));
    };
    if !may_make {
        return Err(Failure::setup(format!(
            "there is no master key in {}: put the key of this database there, or set \
             DEODAR_MASTER_KEY",
            path.display()
        )));
    }
    make_file(path, random)
}

fn read_file(path: &Path) -> Result<Option<MasterKey>, Failure> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, &error)),
    };
    let mode = file.metadata().map_err(|error| unreadable(path, &error))?.mode();
    if mode & MODE_TOO_OPEN != 0 {
        return Err(Failure::setup(format!(
            "the master key {} can be read by others: run chmod 600 on it",
            path.display()
        )));
    }
    let mut text = Zeroizing::new(String::with_capacity(KEY_LENGTH * 4));
    file.take(FILE_SIZE_MAX).read_to_string(&mut text).map_err(|error| unreadable(path, &error))?;
    parse(&text).map(Some).ok_or_else(|| {
        Failure::setup(format!(
            "{} is not a master key: it takes 64 hexadecimal digits",
            path.display()
        ))
    })
}

/// Makes a key and its file. The file is whole and on the disk before it has its name, so that a
/// crash leaves a key or none, never a part of one.
fn make_file(path: &Path, random: &dyn Random) -> Result<MasterKey, Failure> {
    let mut bytes = Zeroizing::new([0_u8; KEY_LENGTH]);
    random.fill(bytes.as_mut_slice()).map_err(|error| Failure::Other(error.into()))?;
    let text = Zeroizing::new(format!("{}\n", hex::encode(bytes.as_slice())));
    write_private(path, text.as_bytes()).map_err(|error| {
        Failure::setup(format!(
            "the master key {} cannot be written: {error}; make the folder writable, or name \
             another place by --master-key-file",
            path.display()
        ))
    })?;
    Ok(MasterKey::new(*bytes))
}

/// Writes a file that only its owner can read: whole and durable, or not at all.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let unfinished = Path::new(&name);
    // What a crash left behind is of no use, and its mode is not known.
    match std::fs::remove_file(unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(unfinished, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

fn parse(text: &str) -> Option<MasterKey> {
    let mut bytes = Zeroizing::new([0_u8; KEY_LENGTH]);
    hex::decode_to_slice(text.trim(), bytes.as_mut_slice()).ok()?;
    Some(MasterKey::new(*bytes))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::setup(format!("the master key {} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use deodar_engine::SystemRandom;
    use std::os::unix::fs::PermissionsExt;

    fn source(folder: &tempfile::TempDir) -> MasterKeySource {
        MasterKeySource::File(folder.path().join("deodar.db.key"))
    }

    fn line(result: Result<MasterKey, Failure>) -> String {
        result.err().map_or_else(String::new, |failure| failure.line())
    }

    #[test]
    fn a_key_is_made_once_and_only_where_it_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let source = source(&folder);
        assert!(line(read_or_make(&source, false, &SystemRandom)).contains("no master key in"));
        read_or_make(&source, true, &SystemRandom).ok().unwrap();
        let path = folder.path().join("deodar.db.key");
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.trim().len(), 64);
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        read_or_make(&source, true, &SystemRandom).ok().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let source = source(&folder);
        read_or_make(&source, true, &SystemRandom).ok().unwrap();
        let path = folder.path().join("deodar.db.key");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(line(read_or_make(&source, true, &SystemRandom)).contains("chmod 600"));
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_repeated() {
        let given = MasterKeySource::Given(Zeroizing::new("feedface".into()));
        let line = line(read_or_make(&given, true, &SystemRandom));
        assert!(line.contains("64 hexadecimal digits") && !line.contains("feedface"), "{line}");
    }
}
