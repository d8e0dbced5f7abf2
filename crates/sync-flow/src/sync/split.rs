//! One call for many ids; when one id spoils it, the halves are asked for, until the bad id is alone.

use shopee::{ApiError, ErrorClass};
use std::future::Future;
use sync_core::{IDS_PER_CALL_MAX, Quarantined};

/// What came of asking for many ids.
pub struct Gathered<T> {
    /// The answers, with the ids that were asked for.
    pub answers: Vec<(Vec<i64>, T)>,
    /// Ids that the platform refuses by themselves.
    pub refused: Vec<Quarantined>,
}

/// Asks for all `ids` in calls of at most [`IDS_PER_CALL_MAX`].
///
/// # Errors
/// The first error that is not about an id.
pub async fn gather<T, F: Future<Output = Result<T, ApiError>>>(
    ids: &[i64],
    call: impl Fn(Vec<i64>) -> F,
) -> Result<Gathered<T>, ApiError> {
    let mut gathered = Gathered { answers: Vec::new(), refused: Vec::new() };
    let mut waiting: Vec<Vec<i64>> = ids.chunks(IDS_PER_CALL_MAX).rev().map(<[i64]>::to_vec).collect();
    while let Some(group) = waiting.pop() {
        match call(group.clone()).await {
            Ok(answer) => gathered.answers.push((group, answer)),
            Err(error) if error.class == ErrorClass::Quarantine => match group.as_slice() {
                [] => return Err(error),
                [id] => gathered.refused.push(Quarantined { id: *id, reason: error.message }),
                many => {
                    let (left, right) = many.split_at(many.len() / 2);
                    waiting.push(right.to_vec());
                    waiting.push(left.to_vec());
                }
            },
            Err(error) => return Err(error),
        }
    }
    Ok(gathered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn refusal(class: ErrorClass) -> ApiError {
        ApiError {
            class,
            endpoint: "test",
            status: Some(200),
            code: "x".to_owned(),
            message: "refused".to_owned(),
            detail: String::new(),
            retry_after_s: None,
            request_id: None,
        }
    }

    #[test]
    fn a_bad_id_is_found_and_the_rest_is_answered() {
        let ids: Vec<i64> = (0..150).collect();
        let call = |group: Vec<i64>| async move {
            assert!(group.len() <= IDS_PER_CALL_MAX);
            if group.contains(&7) || group.contains(&149) {
                Err(refusal(ErrorClass::Quarantine))
            } else {
                Ok(())
            }
        };
        let gathered = gather(&ids, call).now_or_never().unwrap().unwrap();
        let refused: Vec<i64> = gathered.refused.iter().map(|bad| bad.id).collect();
        assert_eq!(refused, [7, 149]);
        let mut answered: Vec<i64> = gathered.answers.into_iter().flat_map(|(ids, ())| ids).collect();
        answered.sort_unstable();
        assert_eq!(answered, ids.into_iter().filter(|id| *id != 7 && *id != 149).collect::<Vec<_>>());
    }

    #[test]
    fn any_other_error_ends_it() {
        let call = |_| async { Err::<(), _>(refusal(ErrorClass::Retry)) };
        assert!(gather(&[1, 2], call).now_or_never().unwrap().is_err());
    }
}
