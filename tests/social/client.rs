//! The client against servers that mean harm, and how it spares those that do not.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use goodword::{
    domain::share::Endpoints,
    feed::{FetchOptions, Fetcher, Limits},
    social::{Ask, BUDGET, Client, LookupError},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;

/// A server that hands each request's path and query, and the open connection, to `answer`; and how often it was asked.
pub async fn serve<F, A>(answer: F) -> (Url, Arc<AtomicUsize>)
where
    F: Fn(String, TcpStream) -> A + Send + Sync + 'static,
    A: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let (answer, count) = (Arc::new(answer), Arc::clone(&asked));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (answer, count) = (answer.clone(), count.clone());
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") && head.len() < 16_384 {
                    head.push(stream.read_u8().await?);
                }
                count.fetch_add(1, Ordering::SeqCst);
                let head = String::from_utf8_lossy(&head).into_owned();
                let path = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
                answer(path, stream).await
            });
        }
    });
    (Url::parse(&address).unwrap(), asked)
}

/// One whole answer.
pub fn whole(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

async fn always(answer: String) -> (Url, Arc<AtomicUsize>) {
    let answer: Arc<str> = answer.into();
    serve(move |_, mut stream| {
        let answer = Arc::clone(&answer);
        async move { stream.write_all(answer.as_bytes()).await }
    })
    .await
}

fn client(limits: Limits) -> Client {
    let fetcher = Fetcher::new(&FetchOptions { limits, ..FetchOptions::default() }).unwrap();
    Client::new(fetcher, &Endpoints::default(), Vec::new())
}

fn ask(base: &Url) -> Ask {
    Ask::json(base, "api/v1/x")
}

#[tokio::test]
async fn an_answer_of_100_mb_is_not_read() {
    let (base, _) = serve(|_, mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[").await?;
        let piece = vec![b'1'; 1 << 20];
        for _ in 0..100 {
            stream.write_all(&piece).await?;
        }
        Ok(())
    })
    .await;
    let error = client(Limits::default()).json(&ask(&base)).await.unwrap_err();
    assert!(matches!(error, LookupError::TooLarge(_)), "{error}");
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n";
    let (base, _) = always(head.to_owned()).await;
    let error = client(Limits::default()).json(&ask(&base)).await.unwrap_err();
    assert!(matches!(error, LookupError::TooLarge(_)), "{error}");
}

#[tokio::test]
async fn nesting_without_end_and_what_is_no_json_are_odd() {
    for body in ["[".repeat(900_000), "{\"a\":".repeat(150_000), "<html>".to_owned(), String::new(), "\u{0}".to_owned()]
    {
        let (base, _) = always(whole("200 OK", "", &body)).await;
        let error = client(Limits::default()).json(&ask(&base)).await.unwrap_err();
        assert!(matches!(error, LookupError::Odd(_)), "{error}");
    }
}

#[tokio::test]
async fn what_a_stranger_names_leads_to_no_private_address() {
    let (inner, asked) = always(whole("200 OK", "", "{}")).await;
    let port = inner.port().unwrap();
    for host in ["127.0.0.1", "localhost", "[::1]", "2130706433", "169.254.169.254", "10.0.0.1", "printer"] {
        let base = Url::parse(&format!("http://{host}:{port}/")).unwrap();
        let ask = ask(&base).led_by("https://stranger.example/");
        let error = client(Limits::default()).json(&ask).await.unwrap_err();
        assert!(matches!(error, LookupError::LeadsHome(_)), "{host}: {error}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_server_that_asks_us_to_wait_is_left_alone_also_by_the_next_process() {
    let (base, asked) = always(whole("429 Too Many Requests", "Retry-After: 600\r\n", "")).await;
    let first = client(Limits::default());
    for _ in 0..3 {
        let error = first.json(&ask(&base)).await.unwrap_err();
        let LookupError::Busy { wait, .. } = error else { panic!("{error}") };
        assert!(wait > Duration::from_secs(500) && wait <= Duration::from_secs(600), "{wait:?}");
    }
    let fetcher = Fetcher::new(&FetchOptions::default()).unwrap();
    let next = Client::new(fetcher, &Endpoints::default(), first.take_unsaved());
    assert!(matches!(next.json(&ask(&base)).await, Err(LookupError::Busy { .. })));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_server_that_hangs_is_left_after_its_time() {
    let (base, _) = serve(|_, stream| async move {
        let _open = stream;
        std::future::pending().await
    })
    .await;
    let limits = Limits { total: Duration::from_millis(200), ..Limits::default() };
    let error = client(limits).json(&ask(&base)).await.unwrap_err();
    assert!(matches!(error, LookupError::Unreachable(_)), "{error}");
}

#[tokio::test]
async fn the_same_is_asked_once_and_a_refusal_too() {
    let (base, asked) = serve(|path, mut stream| async move {
        let answer =
            if path.ends_with("/x") { whole("200 OK", "", "{\"a\":1}") } else { whole("404 Not Found", "", "") };
        stream.write_all(answer.as_bytes()).await
    })
    .await;
    let client = client(Limits::default());
    for _ in 0..3 {
        assert_eq!(client.json(&ask(&base)).await.unwrap().value["a"], 1);
        assert!(matches!(client.json(&Ask::json(&base, "nobody")).await, Err(LookupError::Nothing(_))));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    client.json(&ask(&base).fresh_for(Duration::ZERO)).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_host_is_asked_no_more_than_its_budget() {
    let (base, asked) = always(whole("200 OK", "", "{}")).await;
    let client = client(Limits::default());
    for n in 0..BUDGET + 20 {
        let result = client.json(&ask(&base).with("n", n)).await;
        assert_eq!(result.is_ok(), n < BUDGET, "{n}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), BUDGET);
}

#[tokio::test]
async fn lists_are_followed_by_link_and_by_cursor_and_end_when_they_go_in_circles_or_elsewhere() {
    let (base, asked) = serve(|path, mut stream| async move {
        let (headers, body) = match path.as_str() {
            "/links" => ("Link: </links?max_id=2>; rel=\"next\"\r\n", "[1,2]"),
            "/links?max_id=2" => ("Link: <https://elsewhere.example/>; rel=\"next\"\r\n", "[3]"),
            "/cursors?limit=2" => ("", "{\"list\":[1,2],\"cursor\":\"a&b\"}"),
            "/cursors?limit=2&cursor=a%26b" => ("", "{\"list\":[3,4],\"cursor\":\"a&b\"}"),
            _ => ("", "null"),
        };
        stream.write_all(whole("200 OK", headers, body).as_bytes()).await
    })
    .await;
    let client = client(Limits::default());
    let numbers =
        |value: &serde_json::Value| value.as_array().into_iter().flatten().filter_map(|n| n.as_u64()).collect();
    let linked = client.pages(Ask::json(&base, "links"), 10, |json| -> Vec<u64> { numbers(&json.value) }).await;
    assert_eq!((linked.found.as_slice(), linked.more, linked.stopped), ([1, 2, 3].as_slice(), false, None));
    let ask = Ask::json(&base, "cursors").with("limit", 2);
    let cursors = client.pages(ask.clone(), 3, |json| -> Vec<u64> { numbers(&json.value["list"]) }).await;
    assert_eq!((cursors.found.as_slice(), cursors.more), ([1, 2, 3].as_slice(), true));
    let all = client.pages(ask, 100, |json| -> Vec<u64> { numbers(&json.value["list"]) }).await;
    assert_eq!(all.found, [1, 2, 3, 4]);
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}
