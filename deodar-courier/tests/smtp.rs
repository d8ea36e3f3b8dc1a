//! E-mail, to a real mail server.

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use anyhow::{Context, Result};
    use deodar_courier::{
        Content, MailAddress, MailRoots, Message, Messenger, NotSent, Smtp, SmtpConfig, SmtpServer,
    };
    use deodar_domain::id::MerchantId;
    use deodar_domain::key::OrderKey;
    use deodar_domain::message::MessageKind;
    use deodar_engine::store::JobId;
    use deodar_kit::{MailSecurity, MailServer};
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpListener, TcpSocket, TcpStream};

    fn config(server: &MailServer, password: &str) -> Result<SmtpConfig> {
        let roots = std::fs::read(server.roots()).ok();
        Ok(SmtpConfig {
            server: SmtpServer::parse(&server.url())?,
            password: password.to_owned(),
            from: MailAddress::parse("pay@example.in").context("an address")?,
            reply_to: MailAddress::parse("Help <help@example.in>"),
            roots: roots.and_then(|pem| MailRoots::parse(&pem)),
        })
    }

    fn smtp(server: &MailServer) -> Result<Smtp> {
        Smtp::new(config(server, MailServer::PASSWORD)?).context("a transport")
    }

    fn message(recipient: &str) -> Message {
        Message {
            id: JobId(77),
            kind: MessageKind::LinkCreated,
            merchant: MerchantId::new(100_001).unwrap(),
            merchant_name: "चाय, \"Tea\" & Co".to_owned(),
            order: OrderKey::from_i64(9).unwrap(),
            recipient: recipient.to_owned(),
            content: Content::Email {
                subject: "Pay ₹500.00 to चाय".to_owned(),
                text: "Pay here:\n.\nhttps://pay.example.in/PLUTUS/abcdefg\n".to_owned(),
                html: "<p>Pay ₹500.00</p>".to_owned(),
            },
        }
    }

    #[tokio::test]
    async fn an_email_arrives_whole_by_every_way_to_the_server() -> Result<()> {
        for security in [MailSecurity::Plain, MailSecurity::StartTls, MailSecurity::Tls] {
            let mut server = MailServer::start(security).await?;
            let smtp = smtp(&server)?;
            assert_eq!(smtp.check().await, Ok(()), "{security:?}");
            assert_eq!(smtp.send(&message("kavya@example.com")).await, Ok(()), "{security:?}");
            let mail = server.next().await?;
            assert_eq!(mail["sender"], "pay@example.in");
            assert_eq!(mail["recipients"], serde_json::json!(["kavya@example.com"]));
            let headers = &mail["headers"];
            assert_eq!(headers["from"], "\"चाय, \\\"Tea\\\" & Co\" <pay@example.in>");
            assert_eq!(headers["to"], "kavya@example.com");
            assert_eq!(headers["reply-to"], "Help <help@example.in>");
            assert_eq!(headers["subject"], "Pay ₹500.00 to चाय");
            assert_eq!(headers["message-id"], "<deodar-77@example.in>");
            assert_eq!(headers["auto-submitted"], "auto-generated");
            let text = mail["text"].as_str().context("a text")?.replace("\r\n", "\n");
            assert_eq!(text, "Pay here:\n.\nhttps://pay.example.in/PLUTUS/abcdefg\n");
            assert_eq!(mail["html"].as_str().map(str::trim_end), Some("<p>Pay ₹500.00</p>"));
            let secure = security != MailSecurity::Plain;
            assert_eq!(mail["tls"], secure, "{security:?}");
            let user = secure.then_some(MailServer::USER);
            assert_eq!(mail["user"].as_str(), user, "{security:?}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_server_whose_certificate_is_not_believed_is_told_nothing() -> Result<()> {
        for security in [MailSecurity::StartTls, MailSecurity::Tls] {
            let server = MailServer::start(security).await?;
            let config = SmtpConfig { roots: None, ..config(&server, MailServer::PASSWORD)? };
            let smtp = Smtp::new(config).context("a transport")?;
            let refused = "the mail server's TLS is not believed";
            assert_eq!(smtp.check().await, Err(refused), "{security:?}");
            let sent = smtp.send(&message("kavya@example.com")).await;
            assert_eq!(sent, Err(NotSent::Later(refused)), "{security:?}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_server_without_starttls_is_not_used() -> Result<()> {
        let server = MailServer::start(MailSecurity::Plain).await?;
        let url = server.url().replace("smtp+plain://127.0.0.1", "smtp://localhost");
        let config = SmtpConfig { server: SmtpServer::parse(&url)?, ..config(&server, "")? };
        let smtp = Smtp::new(config).context("a transport")?;
        let sent = smtp.send(&message("kavya@example.com")).await;
        assert_eq!(sent, Err(NotSent::Later("the mail server does not offer STARTTLS")));
        Ok(())
    }

    #[tokio::test]
    async fn a_wrong_password_loses_no_message() -> Result<()> {
        let server = MailServer::start(MailSecurity::Tls).await?;
        let smtp = Smtp::new(config(&server, "wrong")?).context("a transport")?;
        let refused = "the mail server refuses the user or the password";
        assert_eq!(smtp.check().await, Err(refused));
        let sent = smtp.send(&message("kavya@example.com")).await;
        assert_eq!(sent, Err(NotSent::Later(refused)));
        Ok(())
    }

    #[tokio::test]
    async fn what_the_server_says_of_an_address_decides_whether_it_is_tried_again() -> Result<()> {
        let server = MailServer::start(MailSecurity::Plain).await?;
        let smtp = smtp(&server)?;
        for (recipient, answer) in [
            ("refused@example.com", NotSent::Never("address refused")),
            ("later@example.com", NotSent::Later("not taken now")),
            ("चाय@example.com", NotSent::Never("the mail server takes no such address")),
            ("a,b@example.com", NotSent::Never("not an e-mail address")),
        ] {
            assert_eq!(smtp.send(&message(recipient)).await, Err(answer), "{recipient}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_server_that_is_away_loses_no_message() -> Result<()> {
        // It has a port, so that nobody else does, and takes no connection.
        let away = TcpSocket::new_v4()?;
        away.bind(([127, 0, 0, 1], 0).into())?;
        let smtp = plain(away.local_addr()?)?;
        let sent = smtp.send(&message("kavya@example.com")).await;
        assert_eq!(sent, Err(NotSent::Later("the mail server cannot be reached")));
        Ok(())
    }

    /// A mail server that answers one command in its own way, and all others well. `CONNECT` is the
    /// greeting, `.` the end of an e-mail; an empty answer ends the connection.
    async fn scripted(step: &'static str, answer: &'static str) -> Result<Smtp> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let smtp = plain(listener.local_addr()?);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, step, answer));
            }
        });
        smtp
    }

    /// The way to a mail server that is spoken to without TLS.
    fn plain(address: SocketAddr) -> Result<Smtp> {
        let from = MailAddress::parse("pay@example.in").context("an address")?;
        let server = SmtpServer::parse(&format!("smtp+plain://{address}"))?;
        let config =
            SmtpConfig { server, password: String::new(), from, reply_to: None, roots: None };
        Smtp::new(config).context("a transport")
    }

    async fn talk(stream: TcpStream, step: &str, answer: &str) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut command = "CONNECT".to_owned();
        loop {
            let told = if command == step {
                answer
            } else {
                match command.as_str() {
                    "CONNECT" => "220 ready",
                    "EHLO" => "250-ready\r\n250 8BITMIME",
                    "DATA" => "354 go on",
                    _ => "250 done",
                }
            };
            if told.is_empty() {
                return Ok(());
            }
            write.write_all(format!("{told}\r\n").as_bytes()).await?;
            let is_text = command == "DATA" && told.starts_with('3');
            loop {
                let Some(line) = lines.next_line().await? else { return Ok(()) };
                if !is_text || line == "." {
                    command = line.split([' ', ':']).next().unwrap_or_default().to_owned();
                    break;
                }
            }
        }
    }

    #[tokio::test]
    async fn a_server_that_refuses_at_any_step_loses_no_message_but_the_one_it_is_about()
    -> Result<()> {
        const AWAY: NotSent = NotSent::Later("the mail server cannot be reached");
        const BUSY: NotSent = NotSent::Later("not taken now");
        const OURS: NotSent = NotSent::Later("the mail server takes no e-mail from this gateway");
        for (step, answer, expected) in [
            ("CONNECT", "421 busy", AWAY),
            ("CONNECT", "554 no service", AWAY),
            ("CONNECT", "", AWAY),
            ("CONNECT", "\u{1}\u{fffd}", AWAY),
            ("EHLO", "421 busy", AWAY),
            ("MAIL", "451 busy", NotSent::Later("sender refused")),
            ("MAIL", "550 5.7.1 not you", NotSent::Later("sender refused")),
            ("RCPT", "450 busy", BUSY),
            ("RCPT", "421 busy", BUSY),
            ("RCPT", "550 5.1.1 no such user", NotSent::Never("address refused")),
            ("RCPT", "550 no such user", NotSent::Never("address refused")),
            ("RCPT", "550 5.7.1 relaying denied", OURS),
            ("RCPT", "530 log in first", OURS),
            ("RCPT", "", BUSY),
            ("DATA", "451 busy", BUSY),
            ("DATA", "554 no", NotSent::Never("e-mail refused")),
            (".", "451 busy", BUSY),
            (".", "554 no", NotSent::Never("e-mail refused")),
            (".", "550 5.7.26 not authenticated", OURS),
            (".", "", BUSY),
        ] {
            let sent = scripted(step, answer).await?.send(&message("kavya@example.com")).await;
            assert_eq!(sent, Err(expected), "{step} {answer:?}");
        }
        for (step, answer) in [("QUIT", ""), ("QUIT", "554 no"), (".", "250-taken\r\n250 thanks")] {
            let sent = scripted(step, answer).await?.send(&message("kavya@example.com")).await;
            assert_eq!(sent, Ok(()), "{step} {answer:?}");
        }
        Ok(())
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        assert!(MailRoots::parse(b"").is_none());
        assert!(MailRoots::parse(b"-----BEGIN CERTIFICATE-----\nno\n").is_none());
    }
}
