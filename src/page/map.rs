//! The map of audiences as a picture: works in the middle, audiences around them, ties as lines. Everything in it is
//! in the list below it too, in words.

use std::f64::consts::TAU;

use maud::{Markup, html};

use super::words::clean;
use crate::api::{AudienceMap, AudienceRow};

/// More than this is a thicket: the list has them all.
const MOST: usize = 28;
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 620.0;

struct Spot<'a> {
    row: &'a AudienceRow,
    x: f64,
    y: f64,
}

/// The picture, and how many audiences are in it.
#[must_use]
pub fn picture(map: &AudienceMap) -> (Markup, usize) {
    let mut shown: Vec<&AudienceRow> = map.audiences.iter().collect();
    shown.sort_by_key(|row| (row.distance, std::cmp::Reverse(row.contacts)));
    shown.truncate(MOST);
    let spots = laid_out(&shown);
    let centre = (WIDTH / 2.0, HEIGHT / 2.0);
    let works: Vec<String> = map.works.iter().take(3).map(|work| clean(&work.title, 26)).collect();
    let works = if works.is_empty() { vec!["Your work".to_owned()] } else { works };
    let of = |name: &str| spots.iter().find(|spot| spot.row.name == name);
    let picture = html! {
        svg class="map" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="Your audiences around your work; the list below says the same in words" {
            g class="lines" {
                @for spot in &spots {
                    @let from = spot.row.via.as_deref().and_then(of).map_or(centre, |parent| (parent.x, parent.y));
                    line x1=(round(from.0)) y1=(round(from.1)) x2=(round(spot.x)) y2=(round(spot.y)) { title { (clean(&spot.row.bridge, 300)) } }
                }
            }
            g class="ties" {
                @for tie in &map.ties {
                    @if let (Some(from), Some(to)) = (of(&tie.from), of(&tie.to)) {
                        line x1=(round(from.x)) y1=(round(from.y)) x2=(round(to.x)) y2=(round(to.y)) { title { (clean(&tie.bridge, 300)) } }
                    }
                }
            }
            g class="spots" {
                @for spot in &spots {
                    circle class=(if spot.row.contacts == 0 { "empty" } else { "full" }) cx=(round(spot.x)) cy=(round(spot.y)) r=(radius(spot.row.contacts));
                    text x=(round(spot.x)) y=(round(spot.y + 26.0)) { (clean(&spot.row.name, 24)) }
                }
            }
            g class="works" {
                ellipse cx=(round(centre.0)) cy=(round(centre.1)) rx="128" ry=(26 + 12 * works.len());
                @for (n, work) in works.iter().enumerate() {
                    text x=(round(centre.0)) y=(round(centre.1 + 6.0 + 24.0 * (n as f64 - (works.len() as f64 - 1.0) / 2.0))) { (work) }
                }
            }
        }
    };
    (picture, shown.len())
}

/// Nearest first on an inner ring, the rest on outer ones, each turned so that names do not stand over each other.
fn laid_out<'a>(shown: &[&'a AudienceRow]) -> Vec<Spot<'a>> {
    let rings = match shown.len() {
        0..=9 => vec![shown.len()],
        10..=18 => vec![shown.len() / 2 - 1, shown.len() - (shown.len() / 2 - 1)],
        all => vec![7, (all - 7) / 2, all - 7 - (all - 7) / 2],
    };
    let count = rings.len();
    let mut left = shown.iter();
    let mut spots = Vec::new();
    for (ring, size) in rings.into_iter().enumerate() {
        let reach = if count == 1 { 0.8 } else { 0.55 + 0.4 * ring as f64 / (count as f64 - 1.0) };
        for (n, row) in left.by_ref().take(size).enumerate() {
            let angle = TAU * (n as f64 + 0.5 * (ring % 2) as f64) / size as f64 - TAU / 4.0;
            let x = WIDTH / 2.0 + angle.cos() * reach * (WIDTH / 2.0 - 90.0);
            let y = HEIGHT / 2.0 - 8.0 + angle.sin() * reach * (HEIGHT / 2.0 - 34.0);
            spots.push(Spot { row, x, y });
        }
    }
    spots
}

fn radius(contacts: usize) -> u32 {
    match contacts {
        0 => 6,
        1..=2 => 8,
        3..=9 => 10,
        _ => 13,
    }
}

fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
