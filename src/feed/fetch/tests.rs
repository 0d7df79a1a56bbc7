//! No name and no redirect leads from the open internet into somebody's home.

use std::net::Ipv4Addr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// The open internet of these tests is 127.0.0.1; all else, such as 127.0.0.2, is somebody's home.
fn only_first(address: IpAddr) -> bool {
    address == IpAddr::V4(Ipv4Addr::LOCALHOST)
}

/// A server that answers every request with these lines; gives its port.
async fn serve(head: String) -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = head.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(head.as_bytes()).await;
            });
        }
    });
    port
}

async fn fetch(names: &[(&str, [u8; 4])], url: String) -> Result<(), FetchError> {
    let table = names.iter().map(|(name, ip)| ((*name).to_owned(), SocketAddr::from((*ip, 0)))).collect();
    let fetcher = Fetcher::with_resolver(&FetchOptions::default(), only_first, Some(table)).unwrap();
    fetcher.feed(&Job { url, ..Job::default() }).await.map(|_| ())
}

const FEED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<rss/>";

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn a_public_name_with_a_public_address_is_fetched() {
    let port = serve(FEED.to_owned()).await;
    let result = fetch(&[("feeds.example", [127, 0, 0, 1])], format!("http://feeds.example:{port}/")).await;
    assert_eq!(result, Ok(()));
}

#[tokio::test]
async fn a_public_name_with_a_private_address_is_refused() {
    let port = serve(FEED.to_owned()).await;
    let result = fetch(&[("feeds.example", [127, 0, 0, 2])], format!("http://feeds.example:{port}/")).await;
    assert!(matches!(result, Err(FetchError::LeadsHome(_))), "{result:?}");
}

#[tokio::test]
async fn a_redirect_from_public_to_private_is_refused_however_it_is_written() {
    let inner = serve(FEED.to_owned()).await;
    let names = [("feeds.example", [127, 0, 0, 1]), ("trick.example", [127, 0, 0, 2])];
    for host in ["127.0.0.2", "localhost", "printer", "[::1]", "2130706434", "trick.example"] {
        let port = serve(redirect(&format!("http://{host}:{inner}/"))).await;
        let result = fetch(&names, format!("http://feeds.example:{port}/")).await;
        assert!(matches!(result, Err(FetchError::LeadsHome(_))), "{host}: {result:?}");
    }
}

#[tokio::test]
async fn a_private_address_that_the_author_typed_may_lead_to_another() {
    let inner = serve(FEED.to_owned()).await;
    let port = serve(redirect(&format!("http://127.0.0.3:{inner}/"))).await;
    assert_eq!(fetch(&[], format!("http://127.0.0.2:{port}/")).await, Ok(()));
}

#[tokio::test]
async fn a_link_on_a_public_page_leads_nobody_home_and_one_on_a_private_page_may() {
    let port = serve(FEED.to_owned()).await;
    let fetcher = Fetcher::with_resolver(&FetchOptions::default(), only_first, Some([].into())).unwrap();
    for host in ["127.0.0.2", "localhost", "printer", "[::1]", "2130706434"] {
        let url = format!("http://{host}:{port}/");
        let led_by = Some("https://feeds.example/".to_owned());
        let result = fetcher.feed(&Job { url, led_by, ..Job::default() }).await;
        assert!(matches!(result, Err(FetchError::LeadsHome(_))), "{host}: {result:?}");
    }
    let led_by = Some("http://127.0.0.3/".to_owned());
    let job = Job { url: format!("http://127.0.0.2:{port}/"), led_by, ..Job::default() };
    assert!(fetcher.feed(&job).await.is_ok());
}
