//! Rounds over HTTP at servers that answer as Mastodon's API reference says: snac, our real counterpart, shows the lists
//! of followers and of likes to nobody without a token, which Mastodon does.

use goodword::{
    domain::{Contact, Deed, Evidence, network::Network, share::Endpoints},
    feed::{FetchOptions, Fetcher},
    social::{
        Client,
        relations::{self, Brought, Names, Round},
    },
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    answer,
    answers::{Answers, Said},
    deeds, goodword, handles, set,
};

/// An account as another server shows it.
fn seen(account: &Value, host: &str) -> Value {
    let mut account = account.clone();
    account["acct"] = json!(format!("{}@{host}", account["acct"].as_str().unwrap()));
    account
}

fn status(id: &str, by: &Value, likes: u8) -> Value {
    let at = Timestamp::now() - SignedDuration::from_hours(30);
    json!({"id": id, "url": format!("https://post.example/{id}"), "account": by, "created_at": at.to_string(), "reblog": null,
           "favourites_count": likes, "reblogs_count": likes, "replies_count": likes, "mentions": []})
}

/// Nora's server and Maria's, on which everything happened between the two that can happen.
fn friends() -> (Answers, Answers) {
    let (books, sewing) = (Answers::start(), Answers::start());
    let (nora, maria) = (books.has_account("nora", "1"), sewing.has_account("maria", "7"));
    let maria_seen = seen(&maria, &sewing.host);
    let mut boost = status("b", &nora, 0);
    boost["reblog"] = status("coat", &maria_seen, 0);
    let mut reply = status("r", &nora, 0);
    reply["in_reply_to_account_id"] = json!("77");
    reply["mentions"] = json!([{"id": "77", "acct": maria_seen["acct"]}]);
    let mut answer = status("a", &maria_seen, 0);
    answer["in_reply_to_account_id"] = json!("1");
    books.says("/api/v1/accounts/1/following", json!([maria_seen]));
    books.says("/api/v1/accounts/1/followers", json!([maria_seen]));
    books.says("/api/v1/accounts/1/statuses", json!([boost, reply, status("mine", &nora, 1)]));
    books.says("/api/v1/statuses/mine/favourited_by", json!([maria_seen]));
    books.says("/api/v1/statuses/mine/reblogged_by", json!([maria_seen]));
    books.says("/api/v1/statuses/mine/context", json!({"ancestors": [], "descendants": [answer]}));
    sewing.says("/api/v1/accounts/7/statuses", json!([status("coat", &maria, 1)]));
    sewing.says("/api/v1/statuses/coat/favourited_by", json!([seen(&nora, &books.host)]));
    (books, sewing)
}

fn home(own: &str, contact: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    goodword(home.path(), &["settings", "set", "mastodon", own]);
    let why = "Maria sews every buttonhole by hand";
    goodword(home.path(), &["contact", "add", "Maria Ruiz", "--why", why, "--mastodon", contact]);
    home
}

#[test]
fn everything_between_two_people_is_noticed_and_nothing_is_written_twice() {
    let (books, sewing) = friends();
    let home = home(&format!("@nora@{}", books.host), &format!("@maria@{}", sewing.host));
    let said = goodword(home.path(), &["feeds", "refresh", "Maria"]);
    assert!(said.contains("What anybody can see between you was looked up"), "{said}");
    let all = ["follows", "liked", "boosted", "replied", "follows_back", "liked_back", "boosted_back", "answered"];
    assert_eq!(deeds(home.path(), "Maria"), set(&all));
    let maria = answer(home.path(), &["contact", "show", "Maria"]);
    let liked = maria["evidence"].as_array().unwrap().iter().find(|row| row["deed"] == "liked").unwrap();
    assert_eq!((&maria["stage"], &liked["url"]), (&json!("allied"), &json!("https://post.example/coat")));
    assert_eq!(handles(home.path())["ok"], true);
    let heads = |home: &std::path::Path| answer(home, &["status"])["document"]["heads"].clone();
    let before = heads(home.path());
    books.asked();
    goodword(home.path(), &["feeds", "refresh", "Maria"]);
    assert_eq!(heads(home.path()), before);
    let again = books.asked();
    assert!(!again.iter().any(|path| path.contains("/follow")), "the long lists are read once a day: {again:?}");
}

#[test]
fn the_days_next_step_knows_whom_the_author_follows() {
    let (books, sewing) = friends();
    books.says("/api/v1/accounts/1/following", json!([{"acct": "somebody", "url": "https://a.example/"}]));
    let home = home(&format!("@nora@{}", books.host), &format!("@maria@{}", sewing.host));
    goodword(home.path(), &["feeds", "refresh"]);
    let step = answer(home.path(), &["today"])["next_step"].clone();
    assert_eq!(step["said"], "You do not follow Maria Ruiz on Mastodon yet: follow first.");
}

#[test]
fn doctor_says_when_the_authors_own_handle_is_missing_or_unknown() {
    let server = Answers::start();
    let home = home(&format!("@nobody@{}", server.host), &format!("@maria@{}", server.host));
    goodword(home.path(), &["feeds", "refresh"]);
    let said = handles(home.path());
    assert_eq!(said["ok"], false);
    assert!(said["message"].as_str().unwrap().starts_with("Mastodon does not know your handle @nobody@"), "{said}");
    goodword(home.path(), &["settings", "set", "mastodon", ""]);
    let said = handles(home.path());
    assert!(said["message"].as_str().unwrap().contains("goodword settings set mastodon YOURS"), "{said}");
}

#[test]
fn a_server_that_is_down_or_babbles_breaks_nothing_and_takes_nothing_back() {
    let (books, sewing) = friends();
    let home = home(&format!("@nora@{}", books.host), &format!("@maria@{}", sewing.host));
    goodword(home.path(), &["feeds", "refresh", "Maria"]);
    let before = deeds(home.path(), "Maria");
    let babble = |path: &str| books.says(path, json!({"error": ["<html>", 7, null]}));
    ["/api/v1/accounts/1/statuses", "/api/v1/accounts/1/following", "/api/v1/statuses/mine/context"]
        .into_iter()
        .for_each(babble);
    sewing.put("/api/v1/accounts/7/statuses", Said { status: 503, ..Said::default() });
    goodword(home.path(), &["feeds", "refresh", "Maria"]);
    assert_eq!(deeds(home.path(), "Maria"), before);
}

#[test]
fn whoever_asks_programs_to_leave_them_alone_is_not_looked_at() {
    let (books, sewing) = friends();
    let mut shy = sewing.has_account("maria", "7");
    shy["note"] = json!("<p>I sew. #nobot</p>");
    sewing.says("/api/v1/accounts/lookup?acct=maria", shy);
    let home = home(&format!("@nora@{}", books.host), &format!("@maria@{}", sewing.host));
    goodword(home.path(), &["feeds", "refresh", "Maria"]);
    let asked = sewing.asked();
    assert!(!asked.iter().any(|path| path.contains("statuses")), "{asked:?}");
}

/// A round of Nora's, on her own server alone.
async fn round(books: &Answers, before: &Brought, hours: i64) -> Brought {
    let client = Client::new(Fetcher::new(&FetchOptions::default()).unwrap(), &Endpoints::default(), Vec::new());
    let handles = [("mastodon".to_owned(), "@maria@sewing.example".to_owned())].into();
    let maria = Contact { id: "maria".into(), handles, ..Contact::default() };
    let now = Timestamp::now() + SignedDuration::from_hours(hours);
    let own = [(Network::Mastodon, format!("@nora@{}", books.host))].into();
    let today = jiff::civil::date(2026, 11, 22);
    relations::ask(
        &client,
        Round { now, today, own, names: Names::of([&maria]), people: Vec::new(), lists: before.lists.clone() },
    )
    .await
}

fn follows(brought: &Brought) -> Vec<&Evidence> {
    brought.evidence.iter().filter(|evidence| evidence.deed == Deed::Follows).collect()
}

/// A list of so many pages, on the last of which somebody is.
fn pages(books: &Answers, count: usize, last: &str) {
    let path = |page: usize| {
        format!(
            "/api/v1/accounts/1/following?limit=80{}",
            if page > 0 { format!("&max_id={page}") } else { String::new() }
        )
    };
    for page in 0..count {
        let is_last = page + 1 == count;
        let acct = if is_last { last.to_owned() } else { format!("p{page}") };
        let next = (!is_last).then(|| format!("http://{}{}", books.host, path(page + 1)));
        let body = json!([{"acct": acct, "url": "https://sewing.example/@maria"}]);
        books.put(&path(page), Said { status: 200, body, next });
    }
}

#[tokio::test]
async fn a_long_list_is_read_some_pages_a_round_and_told_at_its_end() {
    let books = Answers::start();
    books.has_account("nora", "1");
    pages(&books, 7, "maria@sewing.example");
    let first = round(&books, &Brought::default(), 0).await;
    assert_eq!(follows(&first), Vec::<&Evidence>::new());
    let second = round(&books, &first, 1).await;
    assert_eq!(follows(&second).iter().map(|e| e.ended).collect::<Vec<_>>(), [None]);
    let third = round(&books, &second, 2).await;
    assert_eq!(follows(&third), Vec::<&Evidence>::new(), "not read again before tomorrow");
    pages(&books, 2, "somebody.else@a.example");
    let next_day = round(&books, &third, 25).await;
    let ended: Vec<_> = follows(&next_day).iter().map(|e| e.ended.is_some()).collect();
    assert_eq!(ended, [true], "who is not in the whole list is no longer followed");
}

#[tokio::test]
async fn a_list_that_broke_off_goes_on_where_it_was_and_tells_of_nobody_who_is_gone() {
    let books = Answers::start();
    books.has_account("nora", "1");
    pages(&books, 3, "maria@sewing.example");
    let second = "/api/v1/accounts/1/following?limit=80&max_id=1";
    books.put(second, Said { status: 500, ..Said::default() });
    let broken = round(&books, &Brought::default(), 0).await;
    assert_eq!(follows(&broken), Vec::<&Evidence>::new());
    pages(&books, 3, "maria@sewing.example");
    books.asked();
    let mended = round(&books, &broken, 1).await;
    assert_eq!(follows(&mended).len(), 1);
    assert!(
        !books.asked().contains(&"/api/v1/accounts/1/following?limit=80".to_owned()),
        "the first page is not read twice"
    );
}

#[tokio::test]
async fn a_list_without_end_is_left_after_some_pages() {
    let books = Answers::start();
    books.has_account("nora", "1");
    for page in 0..2 {
        let path = |page: usize| format!("/api/v1/accounts/1/following?limit=80&max_id={page}");
        let next = Some(format!("http://{}{}", books.host, path(1 - page)));
        books.put(&path(page), Said { status: 200, body: json!([{"acct": "x", "url": "https://a.example/"}]), next });
    }
    let next = Some(format!("http://{}/api/v1/accounts/1/following?limit=80&max_id=0", books.host));
    books.put("/api/v1/accounts/1/following?limit=80", Said { status: 200, body: json!([]), next });
    round(&books, &Brought::default(), 0).await;
    let pages = books.asked().iter().filter(|path| path.contains("/following")).count();
    assert_eq!(pages, 5);
}
