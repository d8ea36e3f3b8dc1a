//! What several repetitions say together.

use serde::Serialize;

/// Repetitions of one figure.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Figure {
    /// The middle one; of an even number, the mean of the two in the middle.
    pub(crate) median: f64,
    /// The smallest.
    pub(crate) min: f64,
    /// The greatest.
    pub(crate) max: f64,
    /// How many there are.
    pub(crate) repetitions: usize,
}

impl Figure {
    /// What `values` say; `None` where there is none, or one is no number.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        if values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let upper = *values.get(count / 2)?;
        let lower = *values.get(count.checked_sub(1)? / 2)?;
        let (min, max) = (*values.first()?, *values.last()?);
        Some(Self { median: f64::midpoint(lower, upper), min, max, repetitions: count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        for (values, median, min, max) in [
            (vec![3.0, 1.0, 2.0], 2.0, 1.0, 3.0),
            (vec![4.0, 1.0, 2.0, 3.0], 2.5, 1.0, 4.0),
            (vec![7.0], 7.0, 7.0, 7.0),
        ] {
            let repetitions = values.len();
            let expected = Figure { median, min, max, repetitions };
            assert_eq!(Figure::of(values), Some(expected));
        }
    }

    #[test]
    fn nothing_and_what_is_no_number_say_nothing() {
        assert_eq!(Figure::of([]), None);
        assert_eq!(Figure::of([1.0, f64::INFINITY]), None);
        assert_eq!(Figure::of([f64::NAN]), None);
    }
}
