//! The command line, as an operator meets it: what the commands print, and what is told when
//! something is wrong.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use deodar_kit::{Finished, Gateway, GatewayOptions, Python, run, wait_until};
use serde_json::Value;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
/// How long something that happens in the background may take, on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(2);

async fn deodar(folder: &Path, arguments: &[&str]) -> Result<Finished> {
    run(Path::new(DEODAR), folder, arguments, &[]).await
}

/// Expects a fault of the set-up: one line on stderr with these words, and exit code 2.
fn expect_fault(finished: &Finished, words: &[&str]) {
    assert_eq!(finished.code, Some(2), "{finished:?}");
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
    assert!(finished.stderr.starts_with("deodar: "), "{finished:?}");
    for word in words {
        assert!(finished.stderr.contains(word), "{word:?} is not in {finished:?}");
    }
}

#[tokio::test]
async fn a_bad_setting_is_told_in_one_line() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cases: [(&[&str], &[&str]); 12] = [
        (&["serve", "--listen", "nowhere"], &["listen", "nowhere", "127.0.0.1:8080"]),
        // Without a command it serves.
        (&["--listen", "nowhere"], &["listen", "nowhere"]),
        (&["serve", "--lisen", "127.0.0.1:0"], &["--lisen", "--help"]),
        (&["serve", "--database", "deodar.db"], &["database", "sqlite:FILE"]),
        (
            &["serve", "--database", "postgres://a:secret@db:port/x"],
            &["database", "postgres://USER@HOST"],
        ),
        (&["serve", "--database", "sqlite::memory:"], &["database", "must be a file"]),
        (&["serve", "--log-format", "xml"], &["log_format", "xml"]),
        (&["serve", "--log", "deodar=loud"], &["log"]),
        (&["serve", "--config", "absent.toml"], &["absent.toml", "does not exist"]),
        (&["serve", "--sandbox", "false"], &["sandbox", "simulator"]),
        (&["merchant", "create"], &["--name"]),
        (&["merchant", "list"], &["there is no database deodar.db", "--database"]),
    ];
    for (arguments, words) in cases {
        let finished = deodar(folder.path(), arguments).await?;
        expect_fault(&finished, words);
        assert!(!finished.stderr.contains("secret@"), "{finished:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_unknown_key_of_the_settings_file_is_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("deodar.toml"), "sandbox = true\npublic_ulr = \"x\"\n")?;
    let finished = deodar(folder.path(), &["serve"]).await?;
    expect_fault(&finished, &["deodar.toml", "line 2", "public_ulr"]);
    Ok(())
}

#[tokio::test]
async fn an_unknown_variable_is_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let misspelt = [("DEODAR_SANDBX", "false")];
    let finished = run(Path::new(DEODAR), folder.path(), &["serve"], &misspelt).await?;
    expect_fault(&finished, &["DEODAR_SANDBX"]);
    Ok(())
}

#[tokio::test]
async fn a_flag_wins_over_the_environment_and_that_over_the_file() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("deodar.toml"), "listen = \"from-the-file\"\n")?;
    let serve = async |arguments: &[&str], environment: &[(&str, &str)]| {
        run(Path::new(DEODAR), folder.path(), arguments, environment).await
    };
    let environment = [("DEODAR_LISTEN", "from-the-environment")];
    expect_fault(&serve(&["serve"], &[]).await?, &["from-the-file"]);
    expect_fault(&serve(&["serve"], &environment).await?, &["from-the-environment"]);
    let flag = ["serve", "--listen", "from-the-flag"];
    expect_fault(&serve(&flag, &environment).await?, &["from-the-flag"]);
    Ok(())
}

#[tokio::test]
async fn a_port_in_use_is_told() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let finished = deodar(folder.path(), &["serve", "--listen", &address]).await?;
    expect_fault(&finished, &[&address, "another program has it"]);
    let metrics = ["serve", "--listen", "127.0.0.1:0", "--metrics-listen", &address];
    let finished = deodar(folder.path(), &metrics).await?;
    expect_fault(&finished, &[&address, "--metrics-listen"]);
    Ok(())
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_told() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(
        folder.path().join("letter.txt"),
        "Dear reader, this is no database. ".repeat(99),
    )?;
    std::fs::create_dir(folder.path().join("a-folder"))?;
    let cases = [
        ("sqlite:absent/deodar.db", "cannot be opened"),
        ("sqlite:a-folder", "cannot be opened"),
        // Nobody can write there, root included.
        ("sqlite:/proc/deodar.db", "cannot be opened"),
        ("sqlite:letter.txt", "is not a database"),
    ];
    for (database, words) in cases {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--database", database];
        expect_fault(&deodar(folder.path(), &serve).await?, &[words]);
    }
    Ok(())
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_left_alone() -> Result<()> {
    let mut gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    gateway.terminate().await?;
    let database = gateway.folder().join("deodar.db");
    let path = database.to_str().context("a path of UTF-8")?;
    let made_newer = Python::find()?.run("newer_schema.py", &[path], b"").await?;
    assert_eq!(made_newer.code, Some(0), "{made_newer:?}");
    let before = std::fs::read(&database)?;
    for command in [["serve", "--listen=127.0.0.1:0"], ["merchant", "list"]] {
        let finished = deodar(gateway.folder(), &command).await?;
        expect_fault(&finished, &["schema 9999", "newer release"]);
    }
    assert!(std::fs::read(&database)? == before, "the database was written to");
    Ok(())
}

#[tokio::test]
async fn a_database_is_served_by_one_process_alone() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let finished = deodar(gateway.folder(), &serve).await?;
    expect_fault(&finished, &["already served"]);
    Ok(())
}

#[tokio::test]
async fn a_wrong_master_key_is_told_and_harms_nothing() -> Result<()> {
    let mut gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    assert_eq!(gateway.terminate().await?, Some(0));
    let key = gateway.folder().join("deodar.db.key");
    let right = std::fs::read_to_string(&key)?;
    assert_eq!(std::fs::metadata(&key)?.mode() & 0o777, 0o600);

    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let create = ["merchant", "create", "--name", "Second", "--json"];
    std::fs::write(&key, "00".repeat(32))?;
    for command in [serve.as_slice(), create.as_slice()] {
        let finished = deodar(gateway.folder(), command).await?;
        expect_fault(&finished, &["master key", "not the one of this database"]);
    }
    std::fs::remove_file(&key)?;
    for command in [serve.as_slice(), create.as_slice()] {
        let finished = deodar(gateway.folder(), command).await?;
        expect_fault(&finished, &["there is no master key"]);
        assert!(!key.exists(), "a key of its own was made for a database that has one");
    }
    std::fs::write(&key, &right)?;
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644))?;
    expect_fault(&deodar(gateway.folder(), &serve).await?, &["chmod 600"]);

    std::fs::remove_file(&key)?;
    gateway.options().environment.push(("DEODAR_MASTER_KEY".into(), right.trim().into()));
    gateway.restart().await?;
    gateway.log_in(&gateway.demo_keys()?).await?;
    Ok(())
}

#[tokio::test]
async fn a_sandbox_starts_again_with_the_same_demo_merchant() -> Result<()> {
    let mut gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let first = gateway.demo_keys()?;
    gateway.log_in(&first).await?;
    assert_eq!(gateway.terminate().await?, Some(0));
    gateway.restart().await?;
    let second = gateway.demo_keys()?;
    assert_eq!(second.client_secret, first.client_secret);
    gateway.log_in(&second).await?;
    assert_eq!(gateway.first_page(), None, "it is made once");
    let list = deodar(gateway.folder(), &["merchant", "list", "--json"]).await?;
    assert_eq!(list.stdout.lines().count(), 1, "{list:?}");
    let keys = gateway.folder().join("deodar.db.demo-merchant.json");
    assert_eq!(std::fs::metadata(keys)?.mode() & 0o777, 0o600);
    Ok(())
}

#[tokio::test]
async fn a_merchant_made_beside_a_running_server_can_log_in() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let webhook = "http://127.0.0.1:9/webhook";
    let keys = gateway.create_merchant(Some(webhook), None).await?;
    gateway.log_in(&keys).await?;

    let list = deodar(gateway.folder(), &["merchant", "list", "--json"]).await?;
    assert_eq!(list.code, Some(0), "{list:?}");
    let merchants: Vec<Value> =
        list.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!(merchants.len(), 2, "{list:?}");
    let made = merchants.iter().find(|merchant| merchant["merchant_id"] == *keys.merchant_id);
    let made = made.context("the new merchant is in the list")?;
    assert_eq!(made["name"], "Cedar Books");
    assert_eq!(made["client_id"], *keys.client_id);
    assert_eq!(made["webhook_urls"][0], webhook);
    for secret in [&keys.client_secret, &keys.signing_key, &keys.webhook_secret] {
        assert!(!list.stdout.contains(secret.as_str()), "a secret is in the list");
    }
    Ok(())
}

#[tokio::test]
async fn a_merchant_whose_keys_nobody_could_read_is_no_success() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let script = "\"$0\" merchant create --name A --json >/dev/full";
    let lost = run(Path::new("/bin/sh"), folder.path(), &["-c", script, DEODAR], &[]).await?;
    expect_fault(&lost, &["keys could not be written", "make another"]);
    Ok(())
}

#[tokio::test]
async fn a_merchant_with_a_bad_name_or_address_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let long = "x".repeat(101);
    let cases: [(&[&str], &str); 4] = [
        (&["--name", ""], "--name must not be empty"),
        (&["--name", &long], "--name must be less than or equal to 100"),
        (&["--name", "A", "--webhook-url", "shop"], "--webhook-url must be an absolute"),
        (&["--name", "A", "--return-url", "ftp://example.com"], "--return-url must be"),
    ];
    for (arguments, words) in cases {
        let create = [&["merchant", "create"], arguments].concat();
        expect_fault(&deodar(folder.path(), &create).await?, &[words]);
    }
    Ok(())
}

#[tokio::test]
async fn the_greeting_can_be_pasted_into_a_shell() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let keys = gateway.demo_keys()?;
    let keys = deodar::demo::MerchantKeys {
        merchant_id: keys.merchant_id,
        access_code: String::new(),
        client_id: keys.client_id,
        client_secret: keys.client_secret,
        signing_key: keys.signing_key,
        webhook_secret: keys.webhook_secret,
    };
    let greeting = deodar::greeting::greeting(gateway.url(), &keys, "keys.json", None);
    let pasted: Vec<_> = greeting.lines().filter(|line| line.contains("curl")).collect();
    let script = pasted.join("\n");
    let finished = run(Path::new("/bin/sh"), gateway.folder(), &["-c", &script], &[]).await?;
    let link: Value = serde_json::from_str(&finished.stdout).context(format!("{finished:?}"))?;
    assert_eq!(link["status"], "CREATED", "{link}");
    let page = link["payment_link"].as_str().context("the page's address")?;
    assert!(page.starts_with(&format!("{}/PLUTUS/", gateway.url())), "{page}");
    Ok(())
}

#[tokio::test]
async fn a_new_sandbox_has_a_page_to_look_at() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let page = gateway.first_page().context("the address of a page")?;
    let page = page.strip_prefix(gateway.url()).context("a page of the gateway")?;
    let page = gateway.client().get(page).await?;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Pay ₹500.00 to Demo Merchant"), "{page:?}");
    Ok(())
}

#[tokio::test]
async fn the_doctor_finds_a_healthy_sandbox_healthy() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let finished = deodar(gateway.folder(), &["doctor", "--json"]).await?;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let checks: Vec<Value> =
        finished.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let names: Vec<_> = checks.iter().filter_map(|check| check["check"].as_str()).collect();
    let before = ["settings", "disk", "master key", "e-mail", "SMS"];
    let expected = [before.as_slice(), &["clock", "database", "secrets", "books"]].concat();
    assert_eq!(names, expected);
    assert!(checks.iter().all(|check| check["ok"] == true), "{finished:?}");
    Ok(())
}

#[tokio::test]
async fn the_doctor_says_what_to_do_about_a_fault() -> Result<()> {
    let mut gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    gateway.terminate().await?;
    let key = gateway.folder().join("deodar.db.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644))?;
    let finished = deodar(gateway.folder(), &["doctor"]).await?;
    assert_eq!(finished.code, Some(2), "{finished:?}");
    assert!(finished.stderr.contains("run chmod 600"), "{finished:?}");
    assert!(finished.stderr.ends_with("deodar: one fault was found\n"), "{finished:?}");
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_finishes_and_ends_well() -> Result<()> {
    let mut gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    // A browser keeps connections open that it does not use.
    let address = gateway.url().trim_start_matches("http://").to_owned();
    let idle = tokio::net::TcpStream::connect(&address).await?;
    let health = gateway.client().get("/health").await?;
    assert_eq!(health.status, 200);
    assert_eq!(gateway.terminate().await?, Some(0));
    drop(idle);
    gateway.restart().await?;
    assert_eq!(gateway.client().get("/health").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn metrics_move_to_a_port_of_their_own() -> Result<()> {
    let port = deodar_kit::free_port()?;
    let own = format!("127.0.0.1:{port}");
    let arguments = vec![String::from("--metrics-listen"), own.clone()];
    let options = GatewayOptions { arguments, ..GatewayOptions::default() };
    let gateway = Gateway::start(DEODAR, options).await?;
    assert_eq!(gateway.client().get("/metrics").await?.status, 404);
    let metrics = deodar_kit::Client::new(&format!("http://{own}"));
    for name in [
        "deodar_http_requests_total",
        "deodar_http_request_seconds_bucket",
        "deodar_commit_batch_size_bucket",
        "deodar_commit_seconds_bucket",
        "deodar_jobs_waiting{queue=\"delivery\"}",
        "deodar_job_age_seconds{queue=\"delivery\"}",
    ] {
        // The queues are looked at from time to time, beside whatever is answered.
        wait_until(name, PATIENCE, async || {
            let told = metrics.get("/metrics").await.ok().filter(|told| told.status == 200)?;
            told.body.contains(name).then_some(())
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_sandbox_has_a_front_page_without_secrets() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let page = gateway.client().get("/").await?;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("This is a Deodar sandbox"), "{page:?}");
    assert!(page.headers.contains_key("content-security-policy"), "{page:?}");
    let keys = gateway.demo_keys()?;
    for secret in [&keys.client_secret, &keys.signing_key, &keys.client_id] {
        assert!(!page.body.contains(secret.as_str()), "a secret is on the front page");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_leaves_no_core_dump() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let id = gateway.id().context("it runs")?;
    let limits = std::fs::read_to_string(format!("/proc/{id}/limits"))?;
    let core = limits.lines().find(|line| line.starts_with("Max core file size"));
    let core: Vec<_> = core.context("the limit")?.split_whitespace().collect();
    assert_eq!(core, ["Max", "core", "file", "size", "0", "0", "bytes"]);
    Ok(())
}
