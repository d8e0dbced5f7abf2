//! Handles rows that a table does not accept: an older installation's columns may be narrower or have their own rules.
//! Such a row is found by halving and set apart with the database's reason; the other rows are written.

use std::future::Future;
use store::DbError;

/// The result of writing many rows.
pub struct Fitted<R, A> {
    /// The answers of the statements.
    pub answers: Vec<A>,
    /// The rows that the table does not accept, with the reasons.
    pub misfits: Vec<(R, String)>,
}

/// Writes rows in one statement, or in several if the table does not accept all of them. `write` learns which statement
/// is the last, which finishes the chunk.
///
/// Replay: every statement is fenced, and a row that is written again is unchanged.
///
/// # Errors
/// The first error that does not concern a row.
pub async fn fitted<R: Clone, A, F: Future<Output = Result<A, DbError>>>(
    rows: Vec<R>,
    write: impl Fn(Vec<R>, bool) -> F,
) -> Result<Fitted<R, A>, DbError> {
    let mut fitted = Fitted { answers: Vec::new(), misfits: Vec::new() };
    let mut refused = match write(rows.clone(), true).await {
        Ok(answer) => return Ok(Fitted { answers: vec![answer], ..fitted }),
        Err(error) if error.is_of_a_row() && !rows.is_empty() => vec![(rows, error)],
        Err(error) => return Err(error),
    };
    while let Some((mut left, error)) = refused.pop() {
        let right = left.split_off(left.len() / 2);
        if left.is_empty() {
            let reason = format!("the table does not take it: {error}");
            fitted.misfits.extend(right.into_iter().map(|row| (row, reason.clone())));
            continue;
        }
        for half in [left, right] {
            match write(half.clone(), false).await {
                Ok(answer) => fitted.answers.push(answer),
                Err(error) if error.is_of_a_row() => refused.push((half, error)),
                Err(error) => return Err(error),
            }
        }
    }
    fitted.answers.push(write(Vec::new(), true).await?);
    Ok(fitted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::cell::RefCell;

    fn misfit(code: &str) -> DbError {
        DbError { code: Some(code.to_owned()), ..DbError::new("numeric field overflow") }
    }

    #[test]
    fn a_row_that_does_not_fit_is_set_apart() {
        let (stored, finished) = (RefCell::new(Vec::<i64>::new()), RefCell::new(0));
        let write = |rows: Vec<i64>, is_last: bool| {
            let fits = !rows.iter().any(|row| [7, 99].contains(row));
            if fits {
                stored.borrow_mut().extend(&rows);
                *finished.borrow_mut() += u32::from(is_last);
            }
            async move { if fits { Ok(()) } else { Err(misfit("22003")) } }
        };
        let fitted = fitted((0..100).collect(), write).now_or_never().unwrap().unwrap();
        let mut misfits: Vec<i64> = fitted.misfits.into_iter().map(|(row, _)| row).collect();
        misfits.sort_unstable();
        stored.borrow_mut().sort_unstable();
        assert_eq!(misfits, [7, 99]);
        assert_eq!(*stored.borrow(), (0..100).filter(|row| ![7, 99].contains(row)).collect::<Vec<_>>());
        assert_eq!(*finished.borrow(), 1);
    }

    #[test]
    fn any_other_error_ends_it() {
        let write = |_: Vec<i64>, _| async { Err::<(), _>(misfit("57P01")) };
        assert!(fitted(vec![1, 2], write).now_or_never().unwrap().is_err());
    }
}
