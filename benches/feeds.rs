//! 500 feeds of 30 KB, each on its own loopback port: how long a first and an unchanged refresh take.
//! `cargo bench --bench feeds`; the aim on two cores is 1 s and 0.3 s.

use std::{io, time::Instant};

use goodword::feed::{FetchOptions, Fetcher, Job, parse, refresh_all};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const FEEDS: usize = 500;

/// About 30 KB of RSS, as a blog has it: 20 articles with escaped HTML.
fn sample() -> String {
    let paragraph =
        "&lt;p&gt;Buttons &amp;amp; <![CDATA[<b>buttonholes</b>]]>, and how a coat of 1863 was sewn.&lt;/p&gt; ";
    let item = |n: usize| {
        format!(
            "<item><title>Coat {n}</title><link>https://example.org/{n}?utm_source=rss</link>\
             <pubDate>Sun, 22 Nov 2026 09:00:00 GMT</pubDate><description>{}</description></item>",
            paragraph.repeat(14)
        )
    };
    format!("<rss version='2.0'><channel><title>Coats</title>{}</channel></rss>", (0..20).map(item).collect::<String>())
}

async fn serve(feed: &'static str) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/feed", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = vec![0; 4096];
                while let Ok(length @ 1..) = stream.read(&mut head).await {
                    let known = head.get(..length).is_some_and(|head| head.windows(13).any(|w| w == b"if-none-match"));
                    let answer = if known {
                        "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n".to_owned()
                    } else {
                        format!("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: {}\r\n\r\n{feed}", feed.len())
                    };
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    Ok(address)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let feed: &'static str = sample().leak();
    let started = Instant::now();
    for _ in 0..FEEDS {
        parse(feed.as_bytes(), "https://example.org/feed")?;
    }
    eprintln!("{FEEDS} feeds of {} bytes: parsed alone in {:?}", feed.len(), started.elapsed());
    // The servers have a thread of their own, as real ones have a computer of their own.
    let servers = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        servers.block_on(async move {
            for _ in 0..FEEDS {
                _ = tell.send(serve(feed).await);
            }
            std::future::pending::<()>().await;
        });
    });
    let mut jobs = Vec::new();
    for _ in 0..FEEDS {
        jobs.push(Job { url: told.recv()??, ..Job::default() });
    }
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    client.block_on(async {
        let started = Instant::now();
        let fetcher = Fetcher::new(&FetchOptions::default())?;
        eprintln!("a fetcher is made in {:?}", started.elapsed());
        for what in ["first", "unchanged"] {
            let started = Instant::now();
            let mut known = jobs.clone();
            let mut done = 0;
            refresh_all(&fetcher, jobs.clone(), |place, _, result| {
                if let (Ok(fetched), Some(job)) = (result, known.get_mut(place)) {
                    job.validators = fetched.validators;
                    done += 1;
                }
            })
            .await;
            jobs = known;
            eprintln!("{what}: {done} feeds in {:?}", started.elapsed());
        }
        Ok(())
    })
}
