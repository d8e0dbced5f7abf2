//! Plots as SVG.

use super::{contender::Contender, growth::Point, race::Race, statistics::Spread};
use anyhow::{Result, anyhow};
use plotters::{
    coord::ranged1d::{IntoSegmentedCoord, SegmentValue},
    prelude::*,
};

const SIZE: (u32, u32) = (900, 460);
const OURS: RGBColor = RGBColor(238, 77, 45);
const OTHERS: RGBColor = RGBColor(120, 134, 156);
const DARK: RGBColor = RGBColor(40, 44, 52);
/// Width of the labels beside an axis, in pixels.
const LABELS: u32 = 56;

/// The times of the race: bars up to the medians, lines from the least to the most. What takes many times as long as the others
/// is left out, since nothing would be seen of them.
///
/// # Errors
/// The plot cannot be drawn.
pub fn race(race: &Race) -> Result<String> {
    let spread = |contender: Contender| {
        let seconds: Vec<f64> = race.of(contender).map(|lap| lap.seconds).collect();
        Some((contender, Spread::of(&seconds)?))
    };
    let shown = Contender::ALL.into_iter().filter(|each| *each != Contender::Incumbent);
    let bars: Vec<(Contender, Spread)> = shown.filter_map(spread).collect();
    let highest = bars.iter().map(|(_, spread)| spread.max).fold(1.0, f64::max) * 1.1;
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(failed)?;
        let title = format!("{} campaigns, five calls in flight: seconds, median and spread", race.campaigns);
        let count = i32::try_from(bars.len())?;
        let mut chart = ChartBuilder::on(&area)
            .caption(title, ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(LABELS)
            .y_label_area_size(LABELS)
            .build_cartesian_2d((0..count.max(1)).into_segmented(), 0.0..highest)
            .map_err(failed)?;
        let name = |place: &SegmentValue<i32>| match place {
            SegmentValue::CenterOf(place) => {
                let bar = usize::try_from(*place).ok().and_then(|place| bars.get(place));
                bar.map_or("", |(contender, _)| contender.name()).to_owned()
            }
            _ => String::new(),
        };
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(bars.len())
            .x_label_formatter(&name)
            .y_label_formatter(&|seconds| format!("{seconds:.0}"))
            .draw()
            .map_err(failed)?;
        for (place, (contender, spread)) in (0..).zip(&bars) {
            let is_ours = matches!(contender, Contender::Ours | Contender::OursTraced | Contender::Today);
            let colour = if is_ours { OURS } else { OTHERS };
            let corners =
                [(SegmentValue::Exact(place), 0.0), (SegmentValue::Exact(place + 1), spread.median)];
            let mut bar = Rectangle::new(corners, colour.filled());
            bar.set_margin(0, 0, 18, 18);
            chart.draw_series([bar]).map_err(failed)?;
            let middle = SegmentValue::CenterOf(place);
            let line =
                ErrorBar::new_vertical(middle, spread.min, spread.median, spread.max, DARK.filled(), 10);
            chart.draw_series([line]).map_err(failed)?;
        }
        area.present().map_err(failed)?;
    }
    Ok(text)
}

/// Where a point is drawn.
type Coordinates = fn(&Point) -> (f64, f64);

/// Time and memory by size, both axes logarithmic.
///
/// # Errors
/// The plot cannot be drawn.
pub fn growth(what: &str, points: &[Point]) -> Result<String> {
    let bounds = |values: &dyn Fn(&Point) -> Vec<f64>| {
        let all: Vec<f64> = points.iter().flat_map(values).filter(|value| *value > 0.0).collect();
        let least = all.iter().copied().fold(f64::INFINITY, f64::min);
        let most = all.iter().copied().fold(0.0, f64::max);
        (least / 1.5).min(most)..most * 1.5
    };
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(failed)?;
        let (sizes, values) = (bounds(&|point| vec![point.0]), bounds(&|point| vec![point.1, point.2]));
        let mut chart = ChartBuilder::on(&area)
            .caption(format!("time and memory by {what}"), ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(LABELS)
            .y_label_area_size(LABELS)
            .build_cartesian_2d(sizes.log_scale(), values.log_scale())
            .map_err(failed)?;
        chart
            .configure_mesh()
            .x_desc(what)
            .x_label_formatter(&|size| format!("{size:.0}"))
            .y_label_formatter(&|value| format!("{value:.1}"))
            .draw()
            .map_err(failed)?;
        let lines: [(&str, RGBColor, Coordinates); 2] = [
            ("seconds", OURS, |(size, seconds, _)| (*size, *seconds)),
            ("megabytes of the instance", OTHERS, |(size, _, megabytes)| (*size, *megabytes)),
        ];
        for (label, colour, point) in lines {
            let line = LineSeries::new(points.iter().map(point), colour.stroke_width(2)).point_size(4);
            let drawn = chart.draw_series(line).map_err(failed)?;
            drawn.label(label).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE)
            .border_style(DARK)
            .draw()
            .map_err(failed)?;
        area.present().map_err(failed)?;
    }
    Ok(text)
}

/// The backend's errors borrow what is drawn on.
fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("a plot could not be drawn: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{calls::Calls, race::Lap};

    #[test]
    fn the_race_shows_everybody_but_the_slowest() {
        let lap = |contender: Contender, seconds| Lap {
            contender: contender.name().to_owned(),
            round: 1,
            started_ms: 0,
            seconds,
            calls: Calls::default(),
            cpu: None,
            others: None,
            chunks: 1,
            rows_right: 1,
        };
        let laps =
            vec![lap(Contender::Pool, 12.0), lap(Contender::Ours, 13.0), lap(Contender::Incumbent, 200.0)];
        let svg = race(&Race { campaigns: 10_000, laps, failed: Vec::new() }).unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("pool") && svg.contains("ours"), "{svg}");
        assert!(!svg.contains("incumbent"));
    }

    #[test]
    fn growth_is_drawn_over_logarithmic_axes() {
        let svg = growth("campaigns", &[(1e3, 2.0, 14.0), (1e4, 13.0, 16.0)]).unwrap();
        assert!(svg.contains("megabytes of the instance") && svg.ends_with("</svg>\n"), "{svg}");
    }
}
