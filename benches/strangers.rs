//! Strangers at the door of a daemon, as many as come: datagrams that are nothing, or handshakes under keys that nobody
//! knows. `strangers garbage|handshakes DEVICE_KEY ADDRESS`, until its input ends; then it says how many they were.
//! `benches/figures flood` starts it.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, UdpSocket},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use goodword::sync::DeviceKey;
use iroh::{Endpoint, EndpointAddr, PublicKey, SecretKey, TransportAddr, endpoint::presets};
use tokio::time::timeout;

type Failed = Box<dyn std::error::Error>;

/// What the devices of one author speak with each other.
const SYNC: &[u8] = b"goodword/sync/1";
/// Callers at once, each under a key of its own.
const CALLERS: u8 = 16;
/// Datagrams in one go, and the rest after it: some 50,000 a second where the kernel takes them.
const DATAGRAMS: u32 = 50;
const REST: Duration = Duration::from_millis(1);

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [kind, key, address] = words.as_slice() else {
        // `cargo bench` without more: nobody's door is known.
        return Ok(writeln!(io::stdout(), "strangers garbage|handshakes DEVICE_KEY ADDRESS; see benches/figures")?);
    };
    let address: SocketAddr = address.parse()?;
    let key = DeviceKey::read(Path::new(key))?.ok_or("there is no such key")?.public();
    let is_over = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&is_over);
    std::thread::spawn(move || {
        _ = io::stdin().read_to_end(&mut Vec::new());
        over.store(true, Ordering::Relaxed);
    });
    writeln!(io::stdout(), "at the door")?;
    let begun = Instant::now();
    let came = match kind.as_str() {
        "garbage" => garbage(address, &is_over)?,
        "handshakes" => handshakes(key.bytes(), address, &is_over)?,
        other => return Err(format!("{other}: neither garbage nor handshakes").into()),
    };
    let each_second = came as f64 / begun.elapsed().as_secs_f64();
    Ok(writeln!(io::stdout(), "{each_second:.0} a second")?)
}

/// Half of them begin as a handshake does.
fn garbage(address: SocketAddr, is_over: &AtomicBool) -> Result<u64, Failed> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let (mut sent, mut seed) = (0, 1_u64);
    while !is_over.load(Ordering::Relaxed) {
        for _ in 0..DATAGRAMS {
            let mut datagram = [0; 1_200];
            for bytes in datagram.chunks_mut(8) {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                bytes.copy_from_slice(&seed.to_le_bytes());
            }
            if seed % 2 == 0 {
                datagram[..5].copy_from_slice(&[0xc3, 0, 0, 0, 1]);
            }
            // A full buffer on the other side is what a flood is about.
            sent += u64::from(socket.send_to(&datagram, address).is_ok());
        }
        std::thread::sleep(REST);
    }
    Ok(sent)
}

fn handshakes(key: &[u8; 32], address: SocketAddr, is_over: &Arc<AtomicBool>) -> Result<u64, Failed> {
    let target = EndpointAddr::from_parts(PublicKey::from_bytes(key)?, [TransportAddr::Ip(address)]);
    let begun = Arc::new(AtomicU64::new(0));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut callers = tokio::task::JoinSet::new();
        for number in 0..CALLERS {
            let secret = SecretKey::from_bytes(&[200 - number; 32]);
            let endpoint = Endpoint::builder(presets::Minimal).secret_key(secret).bind().await?;
            let (target, is_over, begun) = (target.clone(), Arc::clone(is_over), Arc::clone(&begun));
            callers.spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    begun.fetch_add(1, Ordering::Relaxed);
                    // Whoever is not listened to hangs up soon, and calls again.
                    _ = timeout(Duration::from_millis(20), endpoint.connect(target.clone(), SYNC)).await;
                }
            });
        }
        callers.join_all().await;
        Ok::<(), Failed>(())
    })?;
    Ok(begun.load(Ordering::Relaxed))
}
