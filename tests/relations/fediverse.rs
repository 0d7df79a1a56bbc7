//! Two real servers that federate: what snac shows to anybody of the author's own timeline. It tells nobody without a
//! token who follows whom and who liked what; those answers are written by hand from Mastodon's reference (`mastodon.rs`).

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::Value;

use crate::{deeds, goodword, set, snac::Snac};

#[test]
fn a_boost_of_theirs_and_a_reply_of_the_authors_are_noticed_on_real_servers() {
    let (Some(books), Some(sewing)) = (Snac::start(), Snac::start()) else { return };
    let password = books.add_user("nora");
    sewing.add_user("maria");
    books.follow("nora", &sewing.url("maria"));
    sewing.follow("maria", &books.url("nora"));
    sewing.wait_for_followers("maria", 1);
    books.wait_for_followers("nora", 1);
    books.post("nora", "The Button Ledger has a cover");
    sewing.post("maria", "An 1863 sack coat, at last");
    let timeline = |server: &Snac, user: &str| {
        let account = server.wait_for(&format!("api/v1/accounts/lookup?acct={user}"), |found| found["id"].is_string());
        format!("api/v1/accounts/{}/statuses", account["id"].as_str().unwrap())
    };
    let mine = timeline(&books, "nora");
    let posts = books.wait_for(&mine, |list| list[0]["uri"].is_string());
    let token = token(&books, "nora", &password);
    let coat = home_timeline(&books, &token, "maria@");
    call(
        &books,
        "POST",
        "/api/v1/statuses",
        &token,
        &format!("status=What+a+coat+%40maria%40{}&in_reply_to_id={coat}&visibility=public", sewing.host),
    );
    home_timeline(&sewing, &self::token(&sewing, "maria", &password_of(&sewing)), "nora@");
    sewing.run(&["boost"], &["maria", posts[0]["uri"].as_str().unwrap()], "");
    books.wait_for(&mine, |list| {
        list.as_array().is_some_and(|list| list.iter().any(|status| status["reblog"].is_object()))
    });
    let home = tempfile::tempdir().unwrap();
    goodword(home.path(), &["settings", "set", "mastodon", &format!("@nora@{}", books.host)]);
    let why = "Maria sews every buttonhole by hand";
    goodword(home.path(), &["contact", "add", "Maria", "--why", why, "--mastodon", &format!("@maria@{}", sewing.host)]);
    goodword(home.path(), &["feeds", "refresh", "Maria"]);
    assert_eq!(deeds(home.path(), "Maria"), set(&["boosted_back", "replied"]));
}

fn password_of(server: &Snac) -> String {
    let said = server.run(&["resetpwd"], &["maria"], "");
    said.split_whitespace().last().unwrap().to_owned()
}

/// A call that must succeed.
fn call(server: &Snac, method: &str, path: &str, token: &str, form: &str) -> String {
    try_call(server, method, path, token, form).unwrap_or_else(|answer| panic!("{path}: {answer}"))
}

/// A call in HTTP/1.0, with a form: its body, or else all that was answered.
fn try_call(server: &Snac, method: &str, path: &str, token: &str, form: &str) -> Result<String, String> {
    let mut stream = TcpStream::connect(&server.host).unwrap();
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let head = format!("{method} {path} HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n{kind}", server.host);
    write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{form}", form.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let is_well = answer.starts_with("HTTP/1.1 200 ") || answer.starts_with("HTTP/1.0 200 ");
    match answer.split_once("\r\n\r\n") {
        Some((_, body)) if is_well => Ok(body.to_owned()),
        _ => Err(answer),
    }
}

/// What an app of the author's gets when they log in: only to act in the test, never for goodword.
fn token(server: &Snac, user: &str, password: &str) -> String {
    // A password may have a plus sign in it.
    let password: String = url::form_urlencoded::byte_serialize(password.as_bytes()).collect();
    let (redirect, read) =
        ("urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob", |text: String| serde_json::from_str::<Value>(&text).unwrap());
    let app = read(call(
        server,
        "POST",
        "/api/v1/apps",
        "",
        &format!("client_name=test&redirect_uris={redirect}&scopes=read+write"),
    ));
    let (id, secret) = (app["client_id"].as_str().unwrap(), app["client_secret"].as_str().unwrap());
    let code = call(
        server,
        "POST",
        "/oauth/x-snac-login",
        "",
        &format!("login={user}&passwd={password}&redir={redirect}&cid={id}&state="),
    );
    let form = format!(
        "grant_type=authorization_code&client_id={id}&client_secret={secret}&redirect_uri={redirect}&code={}",
        code.trim()
    );
    read(call(server, "POST", "/oauth/token", "", &form))["access_token"].as_str().unwrap().to_owned()
}

/// Waits until something by somebody has come to a server; gives its id there.
fn home_timeline(server: &Snac, token: &str, by: &str) -> String {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(90);
    loop {
        // A token that was just given is refused for a moment now and then.
        let answer = try_call(server, "GET", "/api/v1/timelines/home", token, "");
        let list: Value = answer.and_then(|body| serde_json::from_str(&body).map_err(|_| body)).unwrap_or_default();
        let is_theirs = |status: &&Value| status["account"]["acct"].as_str().is_some_and(|acct| acct.starts_with(by));
        if let Some(status) = list.as_array().and_then(|list| list.iter().find(is_theirs)) {
            return status["id"].as_str().unwrap().to_owned();
        }
        assert!(std::time::Instant::now() < until, "nothing by {by} came: {list}");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}
