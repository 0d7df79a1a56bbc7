//! The map of audiences as a picture: works in the middle, audiences around them, ties as lines. Each audience leads to
//! its own page. Everything in it is in the list below it too, in words.

use std::f64::consts::TAU;

use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    audiences::{address, is_unmet, standing},
    words::clean,
};
use crate::api::{AudienceMap, AudienceRow};

/// More than this is a thicket: the list has them all.
const MOST: usize = 28;
const WIDTH: f64 = 900.0;
/// Letters of a name in the picture.
const NAME: usize = 24;
/// Half of what a spot takes with its name below it.
const HALF_HEIGHT: f64 = 23.0;
/// How often names are moved apart; what still stands over another then is too much for one picture.
const ROUNDS: usize = 40;

struct Spot<'a> {
    row: &'a AudienceRow,
    x: f64,
    y: f64,
}

/// How high the picture is: a few audiences need less than many.
fn height(count: usize) -> f64 {
    340.0 + 14.0 * count.min(20) as f64
}

/// The picture, and how many audiences are in it.
pub struct Drawn {
    pub picture: Markup,
    pub count: usize,
}

/// Draws the map as of a day.
#[must_use]
pub fn picture(map: &AudienceMap, today: Date) -> Drawn {
    let mut shown: Vec<&AudienceRow> = map.audiences.iter().collect();
    shown.sort_by_key(|row| (row.distance, std::cmp::Reverse(row.contacts)));
    shown.truncate(MOST);
    let height = height(shown.len());
    let centre = (WIDTH / 2.0, height / 2.0);
    let works: Vec<String> = map.works.iter().take(3).map(|work| clean(&work.title, 26)).collect();
    let works = if works.is_empty() { vec!["Your work".to_owned()] } else { works };
    let spots = laid_out(&shown, works.len());
    let of = |name: &str| spots.iter().find(|spot| spot.row.name == name);
    let picture = html! {
        figure class="map" {
            svg viewBox=(seen(&spots, centre.1, works.len())) role="group" aria-label="Your audiences around your work; the list below says the same in words" {
                g class="lines" aria-hidden="true" {
                    @for spot in &spots {
                        @let from = spot.row.via.as_deref().and_then(of).map_or(centre, |parent| (parent.x, parent.y));
                        path d=(branch(from, (spot.x, spot.y))) { title { (clean(&spot.row.bridge, 300)) } }
                    }
                }
                g class="ties" aria-hidden="true" {
                    @for tie in &map.ties {
                        @if let (Some(from), Some(to)) = (of(&tie.from), of(&tie.to)) {
                            path d=(branch((from.x, from.y), (to.x, to.y))) { title { (clean(&tie.bridge, 300)) } }
                        }
                    }
                }
                @for spot in &spots {
                    a href=(address(spot.row)) {
                        title { (clean(&spot.row.name, 120)) ": " (standing(spot.row, today)) }
                        circle class=(look(spot.row, today)) cx=(round(spot.x)) cy=(round(spot.y)) r=(radius(spot.row.contacts)) {}
                        text x=(round(spot.x)) y=(round(spot.y + 27.0)) { (clean(&spot.row.name, NAME)) }
                    }
                }
                g class="works" aria-hidden="true" {
                    ellipse cx=(round(centre.0)) cy=(round(centre.1)) rx="128" ry=(26 + 12 * works.len()) {}
                    @for (n, work) in works.iter().enumerate() {
                        text x=(round(centre.0)) y=(round(centre.1 + 6.0 + 24.0 * (n as f64 - (works.len() as f64 - 1.0) / 2.0))) { (work) }
                    }
                }
            }
            figcaption class="quiet" {
                (key("full", "met lately")) (key("unmet", "not met lately")) (key("empty", "nobody yet"))
                @if !map.ties.is_empty() { span { svg class="key" viewBox="0 0 24 16" aria-hidden="true" { g class="ties" { path d="M1 8H23" {} } } " tied by you" } }
            }
        }
    };
    Drawn { picture, count: shown.len() }
}

/// What of the plane is seen: from the topmost to the lowest thing in it.
fn seen(spots: &[Spot<'_>], centre: f64, works: usize) -> String {
    let half = 34.0 + 12.0 * works as f64;
    let top = spots.iter().map(|spot| spot.y - 22.0).fold(centre - half, f64::min);
    let end = spots.iter().map(|spot| spot.y + 40.0).fold(centre + half, f64::max);
    format!("0 {} {WIDTH} {}", round(top), round(end - top))
}

fn key(look: &str, words: &str) -> Markup {
    html! { span { svg class="key" viewBox="0 0 16 16" aria-hidden="true" { circle class=(look) cx="8" cy="8" r="6" {} } " " (words) } }
}

fn look(row: &AudienceRow, today: Date) -> &'static str {
    if row.contacts == 0 {
        "empty"
    } else if is_unmet(row, today) {
        "unmet"
    } else {
        "full"
    }
}

/// A line with a slight bend, as branches have: two that run close together stay apart.
fn branch(from: (f64, f64), to: (f64, f64)) -> String {
    let (x, y) = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let bend = (round(x - dy * 0.08), round(y + dx * 0.08));
    format!("M{} {}Q{} {} {} {}", round(from.0), round(from.1), bend.0, bend.1, round(to.0), round(to.1))
}

/// As a tree around the middle: whoever leads somewhere has a sector as wide as all it leads to. Then names that stand
/// over each other are moved apart.
fn laid_out<'a>(shown: &[&'a AudienceRow], works: usize) -> Vec<Spot<'a>> {
    let parent = |row: &AudienceRow| shown.iter().position(|other| row.via.as_ref() == Some(&other.name));
    let parents: Vec<Option<usize>> = shown.iter().map(|row| parent(row)).collect();
    let mut order = Vec::new();
    // Two laptops can make a circle of parents: whoever is in one stands on the inner ring.
    for root in (0..shown.len()).filter(|place| parents[*place].is_none()).chain(0..shown.len()) {
        walk(root, 1, &parents, &mut order);
    }
    let deepest = order.iter().map(|(_, depth)| *depth).max().unwrap_or(1);
    let leaves: f64 = order.iter().filter(|(place, _)| !parents.contains(&Some(*place))).count().max(1) as f64;
    let height = height(shown.len());
    let mut spots: Vec<Spot<'a>> = shown.iter().map(|row| Spot { row, x: 0.0, y: 0.0 }).collect();
    let mut turn = 0.0;
    for (n, (place, depth)) in order.iter().enumerate() {
        // In this order everybody that a place leads to comes right after it.
        let below = order[n + 1..].iter().take_while(|(_, other)| other > depth);
        let wide = below.filter(|(other, _)| !parents.contains(&Some(*other))).count();
        let is_leaf = wide == 0;
        let angle = TAU * (turn + wide.max(1) as f64 / 2.0) / leaves - TAU / 4.0;
        let reach = if deepest == 1 { 0.85 } else { 0.6 + 0.4 * f64::from(depth - 1) / f64::from(deepest - 1) };
        spots[*place].x = WIDTH / 2.0 + angle.cos() * reach * (WIDTH / 2.0 - 90.0);
        spots[*place].y = height / 2.0 - 8.0 + angle.sin() * reach * (height / 2.0 - 34.0);
        turn += f64::from(u8::from(is_leaf));
    }
    for _ in 0..ROUNDS {
        part(&mut spots, works, height);
    }
    spots
}

/// Depth first: a place, then all it leads to, each once.
fn walk(place: usize, depth: u32, parents: &[Option<usize>], order: &mut Vec<(usize, u32)>) {
    if order.iter().any(|(known, _)| *known == place) {
        return;
    }
    order.push((place, depth));
    for child in (0..parents.len()).filter(|child| parents[*child] == Some(place)) {
        walk(child, depth + 1, parents, order);
    }
}

/// Moves names that stand over each other, or over the works in the middle, a little apart.
fn part(spots: &mut [Spot<'_>], works: usize, height: f64) {
    for one in 0..spots.len() {
        for other in one + 1..spots.len() {
            let (dx, dy) = (spots[other].x - spots[one].x, spots[other].y - spots[one].y);
            let over_x = half_width(spots[one].row) + half_width(spots[other].row) - dx.abs();
            let over_y = 2.0 * HALF_HEIGHT - dy.abs();
            if over_x <= 0.0 || over_y <= 0.0 {
                continue;
            }
            let (x, y) =
                if over_x < over_y { (over_x / 2.0 * dx.signum(), 0.0) } else { (0.0, over_y / 2.0 * dy.signum()) };
            (spots[one].x, spots[one].y) = (spots[one].x - x, spots[one].y - y);
            (spots[other].x, spots[other].y) = (spots[other].x + x, spots[other].y + y);
        }
    }
    for spot in spots {
        let (dx, dy) = (spot.x - WIDTH / 2.0, spot.y + 10.0 - height / 2.0);
        let over_y = 26.0 + 12.0 * works as f64 + HALF_HEIGHT + 6.0 - dy.abs();
        if over_y > 0.0 && dx.abs() < 128.0 + half_width(spot.row) {
            spot.y += over_y * dy.signum();
        }
        let side = half_width(spot.row).max(20.0);
        spot.x = spot.x.clamp(side, WIDTH - side);
        spot.y = spot.y.clamp(18.0, height - 36.0);
    }
}

/// Half of what a name takes from side to side.
fn half_width(row: &AudienceRow) -> f64 {
    row.name.chars().count().clamp(4, NAME) as f64 * 3.9 + 6.0
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
