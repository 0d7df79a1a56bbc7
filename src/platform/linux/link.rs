//! Opening a link in the author's own browser.
//!
//! The service's sandbox is inherited by its children, and a browser started in it breaks. So something outside opens
//! it: the desktop portal, else a process that systemd starts beside us; only then ourselves.

use std::{
    ffi::{OsStr, OsString},
    process::{Command, Stdio},
    time::Duration,
};

use futures_util::StreamExt;
use tokio::{sync::oneshot, time::timeout};
use zbus::{Connection, MatchRule, Message, MessageStream, ObjectPath, Variant, message::Type};

use super::super::{LIMIT, LinkError, checked_link};

/// A program that is given the address as its only argument, in the place of the browser.
const OVERRIDE: &str = "GOODWORD_BROWSER";
const PORTAL: &str = "org.freedesktop.portal.Desktop";
/// How long a portal that has taken the link may take to say that it cannot open it.
const REGRET: Duration = Duration::from_secs(1);
/// A question that the portal asks ("open with?") goes away with our connection.
const QUESTION: Duration = Duration::from_secs(60);

/// Opens a web or mail address from the daemon. `token` is that of the press it answers.
///
/// # Errors
/// For any other kind of address, and when nothing could be started.
pub async fn open_link(url: &str, token: Option<&str>) -> Result<(), LinkError> {
    let url = checked_link(url)?;
    if let Some(program) = std::env::var_os(OVERRIDE) {
        return run_alone(&program, &[OsStr::new(&url)]);
    }
    match timeout(LIMIT, by_portal(&url, token)).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => tracing::debug!(%error, "the portal did not open the link"),
        Err(_) => tracing::debug!("the portal did not answer"),
    }
    match timeout(LIMIT, by_systemd(&url, token)).await {
        Ok(Ok(true)) => Ok(()),
        _ => run_alone(OsStr::new("xdg-open"), &[OsStr::new(&url)]),
    }
}

/// Opens a web or mail address from a command that the author typed: no sandbox stands around it.
///
/// # Errors
/// As [`open_link`].
pub fn open_link_here(url: &str) -> Result<(), LinkError> {
    let url = checked_link(url)?;
    let program = std::env::var_os(OVERRIDE).unwrap_or_else(|| "xdg-open".into());
    run_alone(&program, &[OsStr::new(&url)])
}

async fn by_portal(url: &str, token: Option<&str>) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(PORTAL)
        .interface("org.freedesktop.portal.Request")
        .member("Response")
        .build()?;
    // Before the call: the answer may be there before the reply is.
    let mut answers = MessageStream::for_match_rule(rule, &bus, None).await?;
    let options = token.map(|token| ("activation_token", Variant::from(token)));
    let options: std::collections::BTreeMap<_, _> = options.into_iter().collect();
    let reply = bus
        .call_method(
            Some(PORTAL),
            "/org/freedesktop/portal/desktop",
            Some("org.freedesktop.portal.OpenURI"),
            "OpenURI",
            &("", url, options),
        )
        .await?;
    let request = reply.body().deserialize::<ObjectPath<'_>>()?.to_string();
    match timeout(REGRET, answer(&mut answers, &request)).await {
        // 2: "the user interaction was ended in some other way", in practice that nothing opens such links.
        Ok(Some(2)) => Err(zbus::Error::Failure("the portal found no program for it".into())),
        Ok(_) => Ok(()),
        Err(_) => {
            tokio::spawn(async move {
                let _ = timeout(QUESTION, answer(&mut answers, &request)).await;
                drop(bus);
            });
            Ok(())
        }
    }
}

async fn answer(answers: &mut MessageStream, request: &str) -> Option<u32> {
    while let Some(Ok(message)) = answers.next().await {
        if message.header().path().is_some_and(|path| path.as_str() == request) {
            return response(&message);
        }
    }
    None
}

fn response(message: &Message) -> Option<u32> {
    let body = message.body();
    body.deserialize::<(u32, std::collections::HashMap<String, zbus::OwnedVariant>)>().ok().map(|(code, _)| code)
}

/// Whether systemd started it. The unit it makes outlives us, and is gone when the browser is.
async fn by_systemd(url: &str, token: Option<&str>) -> std::io::Result<bool> {
    let mut run = Command::new("systemd-run");
    run.args(systemd_run(url, token)).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = run.spawn()?;
    let (done, ended) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = done.send(child.wait());
    });
    Ok(matches!(ended.await, Ok(Ok(status)) if status.success()))
}

fn systemd_run(url: &str, token: Option<&str>) -> Vec<OsString> {
    let mut args: Vec<OsString> = ["--user", "--collect", "--quiet"].map(OsString::from).to_vec();
    // xdg-open may return as soon as the browser runs, and the browser stays when it does.
    args.push("--property=KillMode=process".into());
    if let Some(token) = token {
        args.push(format!("--setenv=XDG_ACTIVATION_TOKEN={token}").into());
        args.push(format!("--setenv=DESKTOP_STARTUP_ID={token}").into());
    }
    // systemd would put variables in the place of `$NAME`.
    args.extend(["--".into(), "xdg-open".into(), url.replace('$', "$$").into()]);
    args
}

/// Starts a program that nobody waits for; a thread collects its end, so that no zombie stays.
fn run_alone(program: &OsStr, args: &[&OsStr]) -> Result<(), LinkError> {
    let mut run = Command::new(program);
    run.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child =
        run.spawn().map_err(|error| LinkError::NoBrowser(format!("{}: {error}", program.to_string_lossy())))?;
    std::thread::spawn(move || child.wait());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemd_is_given_the_address_as_one_argument_without_variables() {
        let args = systemd_run("https://a.example/?q=$HOME&r=${X}", Some("tok"));
        assert_eq!(args.last().unwrap(), "https://a.example/?q=$$HOME&r=$${X}");
        assert!(args.contains(&"--setenv=XDG_ACTIVATION_TOKEN=tok".into()));
    }

    #[test]
    fn a_missing_program_is_an_error_that_names_it() {
        let error = run_alone(OsStr::new("/nowhere/browser"), &[]).unwrap_err();
        assert!(error.to_string().contains("/nowhere/browser"), "{error}");
    }
}
