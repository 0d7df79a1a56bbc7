//! Who is let in: every route against every trick we know, one change to an honest request at a time.

use crate::rig::{BOUNDARY, Rig};

/// Every route, with what its path needs. `POST` first where a route has both.
const ROUTES: [(&str, &str); 66] = [
    ("GET", "/"),
    ("GET", "/draft"),
    ("GET", "/live"),
    ("GET", "/style.css"),
    ("GET", "/page.js"),
    ("GET", "/icon.svg"),
    ("GET", "/people"),
    ("GET", "/people/new"),
    ("GET", "/people/import"),
    ("GET", "/people/import/ID"),
    ("GET", "/people/export/csv"),
    ("GET", "/people/export/json"),
    ("GET", "/people/export/opml"),
    ("GET", "/people/export/vcard"),
    ("GET", "/people/export/mastodon"),
    ("GET", "/people/export/markdown"),
    ("GET", "/people/ID"),
    ("GET", "/people/ID/edit"),
    ("GET", "/audiences"),
    ("GET", "/audiences/ID"),
    ("GET", "/book.json"),
    ("GET", "/book.automerge"),
    ("GET", "/diary"),
    ("GET", "/settings"),
    ("GET", "/laptops"),
    ("GET", "/discover"),
    ("GET", "/welcome"),
    ("GET", "/nowhere"),
    ("POST", "/draft"),
    ("POST", "/count"),
    ("POST", "/open"),
    ("POST", "/done"),
    ("POST", "/another"),
    ("POST", "/later"),
    ("POST", "/skip"),
    ("POST", "/undo"),
    ("POST", "/people"),
    ("POST", "/people/why"),
    ("POST", "/people/import"),
    ("POST", "/people/import/do"),
    ("POST", "/people/ID/edit"),
    ("POST", "/people/ID/pick"),
    ("POST", "/people/ID/answered"),
    ("POST", "/people/ID/mute"),
    ("POST", "/people/ID/unmute"),
    ("POST", "/people/ID/never"),
    ("POST", "/people/ID/remove"),
    ("POST", "/audiences"),
    ("POST", "/audiences/keep"),
    ("POST", "/audiences/drop"),
    ("POST", "/audiences/tie"),
    ("POST", "/settings"),
    ("POST", "/works"),
    ("POST", "/works/ID"),
    ("POST", "/works/ID/remove"),
    ("POST", "/welcome"),
    ("POST", "/discover/keep"),
    ("POST", "/discover/drop"),
    ("POST", "/people/find"),
    ("POST", "/laptops/invite"),
    ("POST", "/laptops/join"),
    ("POST", "/laptops/rename"),
    ("POST", "/laptops/remove"),
    ("POST", "/laptops/sync"),
    ("POST", "/leave"),
    ("POST", "/leave/all"),
];

/// A path with the id of something that is there in the place of `ID`.
fn filled(rig: &Rig) -> impl Fn(&str) -> String {
    let first = |words: &[&str]| rig.tell(words)[0]["id"].as_str().unwrap().to_owned();
    let (person, work) = (first(&["contact", "list"]), first(&["work", "list"]));
    let audience = first(&["audience", "list"]);
    move |path| {
        let id = match path.split('/').nth(1) {
            Some("works") => &work,
            Some("audiences") => &audience,
            _ => &person,
        };
        path.replace("ID", id)
    }
}

/// An honest request, to be spoiled in one place.
#[derive(Clone)]
struct Ask {
    method: String,
    path: String,
    host: Vec<String>,
    origin: Vec<String>,
    site: Vec<String>,
    cookie: Vec<String>,
    kind: String,
    form: String,
}

impl Ask {
    fn wire(&self) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\nConnection: close\r\n", self.method, self.path);
        for (name, values) in
            [("Host", &self.host), ("Origin", &self.origin), ("Sec-Fetch-Site", &self.site), ("Cookie", &self.cookie)]
        {
            for value in values {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        let body = if self.path == "/people/import" {
            crate::rig::multipart(&self.form, "people.csv", b"name\nMallory\n")
        } else {
            format!("form={}", self.form)
        };
        format!("{head}Content-Type: {}\r\nContent-Length: {}\r\n\r\n{body}", self.kind, body.len())
    }
}

type Spoil = Box<dyn Fn(&mut Ask)>;

/// The tricks that have to fail on every route.
fn tricks(port: u16, cookie: &str) -> Vec<(&'static str, Spoil)> {
    let mut tricks: Vec<(&'static str, Spoil)> = Vec::new();
    let mut add = |name, spoil: Spoil| tricks.push((name, spoil));
    let hosts = [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("localhost:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1:{}", port ^ 1),
        format!("127.0.0.1:{port}0"),
        format!("127.0.0.1:0{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        format!("evil@127.0.0.1:{port}"),
        format!("127.0.0.1.:{port}"),
        format!("127.1:{port}"),
        format!("0.0.0.0:{port}"),
        format!("[::1]:{port}"),
        String::new(),
    ];
    for host in hosts {
        add("another host", Box::new(move |ask| ask.host = vec![host.clone()]));
    }
    add("no host", Box::new(|ask| ask.host.clear()));
    add("two hosts", Box::new(|ask| ask.host.push("evil.example".to_owned())));
    add("an absolute target elsewhere", Box::new(|ask| ask.path = format!("http://evil.example{}", ask.path)));
    for site in ["cross-site", "same-site", "SAME-ORIGIN", ""] {
        add("from another site", Box::new(move |ask| ask.site = vec![site.to_owned()]));
    }
    add("from two sites", Box::new(|ask| ask.site = vec!["same-origin".to_owned(), "cross-site".to_owned()]));
    add("no cookie", Box::new(|ask| ask.cookie.clear()));
    let (name, secret) = cookie.split_once('=').unwrap();
    let (name, secret) = (name.to_owned(), secret.to_owned());
    let flipped: String = secret.chars().rev().collect();
    let cookies = [
        format!("{name}={flipped}"),
        format!("{name}="),
        format!("{name}={}", "0".repeat(64)),
        format!("{name}={secret}0"),
        format!("{name}={}", &secret[1..]),
        format!("{name}={secret}; {name}={flipped}"),
        format!("goodword={secret}"),
        format!("goodword-{}={secret}", port ^ 1),
        format!("{}={secret}", name.to_uppercase()),
    ];
    for cookie in cookies {
        add("a wrong cookie", Box::new(move |ask| ask.cookie = vec![cookie.clone()]));
    }
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "QUERY", "get"] {
        add("another method", Box::new(move |ask| ask.method = method.to_owned()));
    }
    tricks
}

/// The tricks that have to fail on every change.
fn tricks_on_changes(port: u16) -> Vec<(&'static str, Spoil)> {
    let mut tricks: Vec<(&'static str, Spoil)> = Vec::new();
    let mut add = |name, spoil: Spoil| tricks.push((name, spoil));
    let origins = [
        "http://evil.example".to_owned(),
        format!("http://evil.example:{port}"),
        format!("https://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{}", port ^ 1),
        format!("http://127.0.0.1:{port}.evil.example"),
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}"),
        "null".to_owned(),
        String::new(),
    ];
    for origin in origins {
        add(
            "another origin",
            Box::new(move |ask| {
                ask.origin = vec![origin.clone()];
                ask.site.clear();
            }),
        );
    }
    add("no origin", Box::new(|ask| ask.origin.clear()));
    add("two origins", Box::new(|ask| ask.origin.push("http://evil.example".to_owned())));
    add(
        "no origin of its own, from another site",
        Box::new(|ask| {
            ask.origin = vec!["null".to_owned()];
            ask.site = vec!["cross-site".to_owned()];
        }),
    );
    for form in [String::new(), "0".repeat(64), "0".repeat(63)] {
        add("a wrong form token", Box::new(move |ask| ask.form.clone_from(&form)));
    }
    for kind in ["text/plain", "application/json", "multipart/form-data; boundary=x", ""] {
        add("another kind of form", Box::new(move |ask| ask.kind = kind.to_owned()));
    }
    tricks
}

/// The routes as the source of the page has them: a method, and a path with `*` where something is filled in.
fn declared() -> Vec<(&'static str, String)> {
    let rooms = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/page")).unwrap();
    let rooms = rooms.map(|room| room.unwrap().path());
    let files = rooms.chain([concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/page.rs").into()]);
    let mut declared = Vec::new();
    for file in files {
        let source = std::fs::read_to_string(file).unwrap().replace("route(UPLOAD", "route(\"/people/import\"");
        for route in source.split(".route(\"").skip(1) {
            let (path, handlers) = route.split_once('"').unwrap();
            let handlers = handlers.split(".route(").next().unwrap().split(['\n', '}']).next().unwrap();
            let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "*" } else { part }).collect();
            for (method, call) in [("GET", "get("), ("POST", "post(")] {
                if handlers.contains(call) {
                    declared.push((method, path.join("/")));
                }
            }
        }
    }
    declared
}

#[test]
fn the_table_has_every_route() {
    let is_at = |pattern: &str, path: &str| {
        let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
        pattern.len() == path.len() && pattern.iter().zip(path).all(|(part, here)| *part == "*" || *part == here)
    };
    let declared = declared();
    assert!(declared.len() > 50, "{declared:?}");
    for (method, pattern) in declared {
        assert!(ROUTES.iter().any(|(known, path)| *known == method && is_at(&pattern, path)), "{method} {pattern}");
    }
}

#[test]
fn every_route_refuses_every_trick_and_nothing_changes() {
    let rig = Rig::start();
    rig.furnish();
    let cookie = rig.cookie();
    let filled = filled(&rig);
    let heads = || rig.ask(&["status"])["document"]["heads"].clone();
    // The first look plans the days to come; from here on nothing may change.
    assert_eq!(rig.get("/", &cookie).status, 200);
    let before = heads();
    let (everywhere, on_changes) = (tricks(rig.port, &cookie), tricks_on_changes(rig.port));
    assert!(everywhere.len() >= 30, "{}", everywhere.len());
    for (method, path) in ROUTES {
        let honest = Ask {
            method: method.to_owned(),
            path: filled(path),
            host: vec![format!("127.0.0.1:{}", rig.port)],
            origin: vec![format!("http://127.0.0.1:{}", rig.port)],
            site: vec!["same-origin".to_owned()],
            cookie: vec![cookie.clone()],
            kind: match path {
                "/people/import" => format!("multipart/form-data; boundary={BOUNDARY}"),
                _ => "application/x-www-form-urlencoded".to_owned(),
            },
            form: rig.form(&cookie),
        };
        let changes = on_changes.iter().filter(|_| method == "POST");
        for (name, spoil) in everywhere.iter().chain(changes) {
            let mut ask = honest.clone();
            spoil(&mut ask);
            let answer = rig.raw(&ask.wire());
            // What is no HTTP at all is refused before it is ours.
            let refused = answer.status == 403 || (answer.status == 400 && answer.body.is_empty());
            assert!(refused, "{name} at {method} {path}: {}\n{}", ask.wire(), answer.head);
        }
    }
    assert_eq!(heads(), before, "nothing was changed by anybody who was refused");
}

#[test]
fn an_honest_request_is_let_in_and_every_answer_is_sealed() {
    let rig = Rig::start();
    rig.furnish();
    let cookie = rig.cookie();
    let filled = filled(&rig);
    for (_, path) in ROUTES.iter().filter(|(method, path)| *method == "GET" && *path != "/live") {
        let answer = rig.get(&filled(path), &cookie);
        let expected = match *path {
            "/nowhere" => 404,
            // A file of the author's own: as long as it is.
            path if path.starts_with("/book.") || path.starts_with("/people/export/") => {
                assert_eq!(answer.status, 200, "{path}");
                is_sealed(&answer);
                continue;
            }
            // Nothing waits there.
            "/draft" | "/people/import/ID" => 303,
            _ => 200,
        };
        assert_eq!(answer.status, expected, "{path}");
        is_sealed(&answer);
        assert!(answer.body.len() <= 100_000, "{path} has {} bytes", answer.body.len());
    }
    let stranger = rig.get("/", "");
    assert_eq!(stranger.status, 403);
    assert!(stranger.body.contains("goodword open"));
    is_sealed(&stranger);
    let never = filled("/people/ID/never");
    assert_eq!(rig.post(&never, &cookie, &[]).status, 303);
    assert_eq!(rig.tell(&["contact", "show", never.split('/').nth(2).unwrap()])["never"], true);
}

fn is_sealed(answer: &crate::rig::Answer) {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    for part in ["default-src 'self'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    for (name, value) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{}", answer.head);
    }
    assert_eq!(answer.header("access-control-allow-origin"), None);
    for inline in ["style=\"", "<style", "onclick", "javascript:"] {
        assert!(!answer.body.contains(inline), "{inline}");
    }
}

#[test]
fn a_launch_token_is_good_once() {
    let rig = Rig::start();
    let launch = rig.launch();
    let path = launch.split_once(&format!(":{}", rig.port)).unwrap().1.to_owned();
    // Neither a look at its head nor a browser that fetches ahead uses it up.
    let host = format!("Host: 127.0.0.1:{}\r\nConnection: close\r\n", rig.port);
    assert_eq!(rig.raw(&format!("HEAD {path} HTTP/1.1\r\n{host}\r\n")).status, 403);
    assert_eq!(rig.raw(&format!("GET {path} HTTP/1.1\r\n{host}Sec-Purpose: prefetch\r\n\r\n")).status, 403);
    let first = rig.get(&path, "");
    assert_eq!((first.status, first.header("location")), (303, Some("/")));
    let cookie = first.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", &format!("goodword-{}=", rig.port)] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
    assert_eq!(rig.get(&path, "").status, 403);
    let token = path.split_once('=').unwrap().1;
    let session = cookie.split(['=', ';']).nth(1).unwrap();
    assert_ne!(token, session);
    let log = std::fs::read_to_string(rig.home.path().join("log")).unwrap();
    assert!(!log.contains(token) && !log.contains(session), "no secret is in the log");
}

#[test]
fn a_session_outlives_the_daemon_and_ends_when_its_owner_says_so() {
    let mut rig = Rig::start();
    let cookie = rig.cookie();
    rig.restart();
    assert_eq!(rig.get("/", &cookie).status, 200);
    let secret = cookie.split_once('=').unwrap().1.as_bytes();
    let store = std::fs::read(rig.home.path().join("goodword.db")).unwrap();
    assert!(!store.windows(secret.len()).any(|part| part == secret), "the store keeps its hash alone");
    let other = rig.cookie();
    let left = rig.post("/leave", &cookie, &[]);
    assert!(left.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(rig.get("/", &cookie).status, 403);
    assert_eq!(rig.get("/", &other).status, 200);
    let third = rig.cookie();
    assert_eq!(rig.post("/leave/all", &third, &[]).status, 200);
    for gone in [&cookie, &other, &third] {
        assert_eq!(rig.get("/", gone).status, 403);
    }
}

#[test]
fn nobody_listens_outside_loopback() {
    let rig = Rig::start();
    for address in ["[::1]", "127.0.0.2"] {
        assert!(std::net::TcpStream::connect(format!("{address}:{}", rig.port)).is_err(), "{address}");
    }
}

#[test]
fn without_a_daemon_open_says_what_to_start() {
    let home = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_goodword"))
        .args(["open", "--json"])
        .env("GOODWORD_HOME", home.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(said["error"]["hint"].as_str().unwrap().contains("goodword service install"), "{said}");
}
