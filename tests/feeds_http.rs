//! Fetching over real loopback HTTP, from servers that behave and from servers that do not.

// Helpers may panic as tests may: that is how they fail.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    collections::BTreeSet,
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use goodword::feed::{
    Feed, FetchError, FetchOptions, Fetched, Fetcher, Job, Limits, ParseError, Validators, discover, refresh_all,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const RSS: &str = "<rss version='2.0'><channel><title>Buttons</title><item><title>An 1863 coat</title>\
                   <link>/coat?utm_source=rss</link></item></channel></rss>";

/// Serves raw bytes: `answer` gets the request's head and the open connection. Gives `http://127.0.0.1:PORT`.
async fn serve<F, A>(answer: F) -> String
where
    F: Fn(String, TcpStream) -> A + Send + Sync + 'static,
    A: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") && head.len() < 16_384 {
                    head.push(stream.read_u8().await?);
                }
                answer(String::from_utf8_lossy(&head).into_owned(), stream).await
            });
        }
    });
    address
}

/// Serves the same answer for ever: status line and headers, then the body.
async fn serve_always(head: &str, body: impl Into<Vec<u8>>) -> String {
    let body = body.into();
    let length = format!("Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let whole: Arc<[u8]> = [format!("HTTP/1.1 {head}\r\n{length}").into_bytes(), body].concat().into();
    serve(move |_, mut stream| {
        let whole = whole.clone();
        async move { stream.write_all(&whole).await }
    })
    .await
}

fn fetcher(change: impl FnOnce(&mut FetchOptions)) -> Fetcher {
    let mut options = FetchOptions::default();
    change(&mut options);
    Fetcher::new(&options).unwrap()
}

async fn fetch(url: &str) -> Result<Fetched<Feed>, FetchError> {
    fetcher(|_| {}).feed(&job(url)).await
}

fn job(url: &str) -> Job {
    Job { url: url.to_owned(), ..Job::default() }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn validators_go_back_verbatim_and_an_unchanged_feed_has_no_content() {
    let etag = "W/\"strange, \\ one\"";
    let date = "Sun, 22 Nov 2026 9:00:00 +0000";
    let url = serve(move |head, mut stream| async move {
        let same = head.contains(&format!("if-none-match: {etag}\r\n"))
            && head.contains(&format!("if-modified-since: {date}\r\n"));
        let answer = if same {
            "HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=60\r\n\r\n".to_owned()
        } else {
            format!(
                "HTTP/1.1 200 OK\r\nETag: {etag}\r\nLast-Modified: {date}\r\nContent-Length: {}\r\n\r\n{RSS}",
                RSS.len()
            )
        };
        stream.write_all(answer.as_bytes()).await
    })
    .await;
    let fetcher = fetcher(|_| {});
    let first = fetcher.feed(&job(&url)).await.unwrap();
    assert_eq!(first.content.unwrap().items[0].url, format!("{url}/coat"));
    let again = fetcher.feed(&Job { url, validators: first.validators.clone(), ..Job::default() }).await.unwrap();
    assert_eq!(again.content, None);
    assert_eq!(again.validators, first.validators);
    assert_eq!(again.validators, Validators { etag: Some(etag.to_owned()), last_modified: Some(date.to_owned()) });
    assert_eq!(again.max_age, Some(Duration::from_secs(60)));
}

#[tokio::test]
async fn we_say_who_we_are_and_carry_no_cookie() {
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = heads.clone();
    let url = serve(move |head, mut stream| {
        seen.lock().unwrap().push(head);
        let answer = format!("HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: {}\r\n\r\n{RSS}", RSS.len());
        async move { stream.write_all(answer.as_bytes()).await }
    })
    .await;
    let fetcher = fetcher(|options| options.contact_address = "ada@example.org".to_owned());
    for _ in 0..2 {
        fetcher.feed(&job(&url)).await.unwrap();
    }
    let version = env!("CARGO_PKG_VERSION");
    for head in heads.lock().unwrap().iter() {
        assert!(head.contains(&format!("user-agent: goodword/{version} (+ada@example.org)\r\n")), "{head}");
        assert!(!head.to_lowercase().contains("cookie"), "{head}");
    }
}

#[tokio::test]
async fn a_compressed_feed_is_read() {
    let url = serve_always("200 OK\r\nContent-Encoding: gzip", gzip(RSS.as_bytes())).await;
    assert_eq!(fetch(&url).await.unwrap().content.unwrap().title, "Buttons");
}

#[tokio::test]
async fn a_gzip_bomb_is_refused() {
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 100_000);
    let url = serve_always("200 OK\r\nContent-Encoding: gzip", bomb).await;
    assert!(matches!(fetch(&url).await, Err(FetchError::TooLarge(_))));
}

#[tokio::test]
async fn an_endless_body_is_cut_off() {
    let url = serve(|_, mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n<rss>").await?;
        loop {
            stream.write_all(&[b' '; 65_536]).await?;
        }
    })
    .await;
    assert!(matches!(fetch(&url).await, Err(FetchError::TooLarge(_))));
}

#[tokio::test]
async fn a_body_that_trickles_ends_with_our_patience() {
    let url = serve(|_, mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n<rss>").await?;
        loop {
            stream.write_all(b" ").await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let patience = Duration::from_millis(200);
    let fetcher = fetcher(|options| options.limits.total = patience);
    assert_eq!(fetcher.feed(&job(&url)).await, Err(FetchError::TooSlow(patience)));
}

#[tokio::test]
async fn redirects_in_circles_end() {
    let url = serve_always("302 Found\r\nLocation: /again", "").await;
    assert_eq!(fetch(&url).await, Err(FetchError::TooManyRedirects(Limits::default().redirects)));
}

#[tokio::test]
async fn only_moves_for_good_are_reported() {
    let feed = serve_always("200 OK", RSS).await;
    let moved = serve_always(&format!("308 Permanent Redirect\r\nLocation: {feed}/new"), "").await;
    let later = serve_always(&format!("307 Temporary Redirect\r\nLocation: {feed}/today"), "").await;
    let moved_then_later = serve_always(&format!("301 Moved\r\nLocation: {later}/"), "").await;
    assert_eq!(fetch(&moved).await.unwrap().moved_to, Some(format!("{feed}/new")));
    assert_eq!(fetch(&later).await.unwrap().moved_to, None);
    assert_eq!(fetch(&moved_then_later).await.unwrap().moved_to, Some(format!("{later}/")));
}

#[tokio::test]
async fn who_moved_for_good_is_asked_there_from_then_on() {
    let new = serve_always("200 OK", RSS).await;
    let new = format!("{new}/new");
    let moved = Job { moved_to: Some(new.clone()), ..job("http://127.0.0.1:9/nobody-is-here-any-more") };
    assert_eq!(fetcher(|_| {}).feed(&moved).await.unwrap().moved_to, Some(new));
}

#[tokio::test]
async fn a_move_that_was_remembered_leads_nobody_into_the_authors_own_network() {
    let home = serve_always("200 OK", RSS).await;
    let moved = Job { moved_to: Some(home), ..job("https://example.org/feed") };
    let result = fetcher(|_| {}).feed(&moved).await;
    assert!(matches!(result, Err(FetchError::LeadsHome(_))), "{result:?}");
}

#[tokio::test]
async fn a_redirect_leaves_the_web_in_vain() {
    let url = serve_always("302 Found\r\nLocation: file:///etc/passwd", "").await;
    assert_eq!(fetch(&url).await, Err(FetchError::BadAddress("file:///etc/passwd".to_owned())));
}

#[tokio::test]
async fn what_the_status_says_is_told() {
    let busy = |seconds| Err(FetchError::Busy { retry_after: Some(Duration::from_secs(seconds)) });
    for (head, expected) in [
        ("429 Too Many\r\nRetry-After: 90", busy(90)),
        (
            "503 Unavailable\r\nDate: Sun, 22 Nov 2026 09:00:00 GMT\r\nRetry-After: Sun, 22 Nov 2026 09:10:00 GMT",
            busy(600),
        ),
        ("410 Gone", Err(FetchError::Gone)),
        ("404 Not Found", Err(FetchError::Status(404))),
    ] {
        let url = serve_always(head, "").await;
        assert_eq!(fetch(&url).await, expected, "{head}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error_and_not_half_a_feed() {
    for answer in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss/>",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<rss/>",
        "not HTTP at all\r\n\r\n",
        "",
    ] {
        let url = serve(move |_, mut stream| async move { stream.write_all(answer.as_bytes()).await }).await;
        assert_eq!(fetch(&url).await, Err(FetchError::Broken), "{answer}");
    }
}

#[tokio::test]
async fn the_content_itself_is_believed_before_its_type_and_character_set() {
    let lie =
        serve_always("200 OK\r\nContent-Type: image/png; charset=iso-8859-5", RSS.replace("Buttons", "Knöpfe")).await;
    assert_eq!(fetch(&lie).await.unwrap().content.unwrap().title, "Knöpfe");
    let silent = [&b"<rss><channel><title>"[..], &[0xcd, 0xe8, 0xf2, 0xea, 0xe0], b"</title></channel></rss>"].concat();
    let honest = serve_always("200 OK\r\nContent-Type: text/xml; charset=windows-1251", silent).await;
    assert_eq!(fetch(&honest).await.unwrap().content.unwrap().title, "Нитка");
}

#[tokio::test]
async fn a_web_page_is_told_from_a_feed() {
    let url = serve_always("200 OK", "<!doctype html><title>Not a feed</title>").await;
    assert_eq!(fetch(&url).await, Err(FetchError::NotAFeed(ParseError::WebPage)));
}

#[tokio::test]
async fn a_hundred_feeds_come_although_one_hangs() {
    let hanging = serve(|_, stream| async move {
        let _open = stream;
        std::future::pending().await
    })
    .await;
    let feed = serve_always("200 OK", RSS).await;
    let jobs = (0..100).map(|n| job(&if n == 0 { hanging.clone() } else { format!("{feed}/{n}") })).collect();
    let fetcher = fetcher(|options| options.limits.at_once = 8);
    let mut done = BTreeSet::new();
    let (all_others, others_done) = tokio::sync::oneshot::channel();
    let mut all_others = Some(all_others);
    let refreshing = refresh_all(&fetcher, jobs, |place, _, result| {
        assert!(result.is_ok(), "{result:?}");
        done.insert(place);
        if done.len() == 99 {
            _ = all_others.take().unwrap().send(());
        }
    });
    tokio::select! {
        () = refreshing => panic!("the hanging feed answered"),
        others = others_done => others.unwrap(),
    }
    assert!(!done.contains(&0));
}

#[tokio::test]
async fn one_host_never_sees_more_than_two_connections_at_once() {
    let now_and_most = Arc::new(Mutex::new((0, 0)));
    let counted = now_and_most.clone();
    let url = serve(move |_, mut stream| {
        let counted = counted.clone();
        async move {
            {
                let mut counted = counted.lock().unwrap();
                counted.0 += 1;
                counted.1 = counted.1.max(counted.0);
            }
            tokio::task::yield_now().await;
            // Counted down before the answer ends: the client cannot begin another request sooner.
            counted.lock().unwrap().0 -= 1;
            stream.write_all(format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{RSS}").as_bytes()).await
        }
    })
    .await;
    let jobs = (0..40).map(|n| job(&format!("{url}/{n}"))).collect();
    let mut done = 0;
    refresh_all(&fetcher(|_| {}), jobs, |_, _, result| done += usize::from(result.is_ok())).await;
    assert_eq!(done, 40);
    assert!(now_and_most.lock().unwrap().1 <= 2);
}

/// A site: pages by path, 404 for all others.
async fn site(pages: &'static [(&'static str, &'static str)]) -> String {
    serve(move |head, mut stream| async move {
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let found = pages.iter().find(|(known, _)| *known == path);
        let (status, body) = found.map_or(("404 Not Found", ""), |(_, body)| ("200 OK", *body));
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await
    })
    .await
}

#[tokio::test]
async fn a_feed_is_found_from_itself_from_its_page_and_by_guessing() {
    let url = site(&[
        ("/", "<link rel=alternate type=application/rss+xml href=/broken><link rel=alternate type=application/rss+xml href=/deep/rss>"),
        ("/deep/rss", RSS),
        ("/broken", "nothing"),
        ("/blog", "<html>no links here</html>"),
        ("/blog/feed.xml", RSS),
        ("/nothing/", "<html>"),
    ])
    .await;
    let fetcher = fetcher(|_| {});
    for (typed, expected) in [("/deep/rss", "/deep/rss"), ("/", "/deep/rss"), ("/blog", "/blog/feed.xml")] {
        let found = discover(&fetcher, &format!("{url}{typed}")).await.unwrap();
        assert_eq!(found.iter().map(|found| found.address.clone()).collect::<Vec<_>>(), [format!("{url}{expected}")]);
    }
    let error = discover(&fetcher, &format!("{url}/nothing/")).await.unwrap_err();
    assert!(error.to_string().starts_with("no feed was found"), "{error}");
}

#[tokio::test]
async fn a_question_on_a_connection_that_the_server_just_closed_is_asked_once_more() {
    let address = serve(|_, mut stream| async move {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{RSS}", RSS.len());
        stream.write_all(answer.as_bytes()).await?;
        // The next question on this connection begins to be read, and gets no answer.
        stream.read_u8().await.map(drop)
    })
    .await;
    let fetcher = Fetcher::new(&FetchOptions::default()).unwrap();
    for turn in 0..3 {
        let job = Job { url: address.clone(), ..Job::default() };
        assert!(fetcher.feed(&job).await.is_ok(), "question {turn}");
    }
}
