//! One call for many ids. If one id spoils it, the halves are requested until the bad id is alone.

use shopee::{ApiError, ErrorClass};
use std::future::Future;
use sync_core::{IDS_PER_CALL_MAX, Quarantined};

/// The result of requesting many ids.
pub struct Gathered<T> {
    /// The answers, with the requested ids.
    pub answers: Vec<(Vec<i64>, T)>,
    /// Ids that Shopee refuses individually.
    pub refused: Vec<Quarantined>,
}

/// Ids to request together.
struct Group {
    ids: Vec<i64>,
    suspicion: Suspicion,
}

/// What is known of a group before it is requested.
#[derive(PartialEq)]
enum Suspicion {
    None,
    /// It is the other half of the group requested now: if that one is good, this one is bad.
    Other,
    /// One of its ids is bad, so a call for all of them would be wasted.
    Bad,
}

/// Requests all `ids` in calls of at most [`IDS_PER_CALL_MAX`]. A bad id costs less than 2 log2([`IDS_PER_CALL_MAX`])
/// calls.
///
/// # Errors
/// The first error that does not concern an id.
pub async fn gather<T, F: Future<Output = Result<T, ApiError>>>(
    ids: &[i64],
    call: impl Fn(Vec<i64>) -> F,
) -> Result<Gathered<T>, ApiError> {
    let mut gathered = Gathered { answers: Vec::new(), refused: Vec::new() };
    let group = |ids: &[i64]| Group { ids: ids.to_vec(), suspicion: Suspicion::None };
    let mut waiting: Vec<Group> = ids.chunks(IDS_PER_CALL_MAX).rev().map(group).collect();
    while let Some(Group { ids, suspicion }) = waiting.pop() {
        if suspicion == Suspicion::Bad && ids.len() > 1 {
            halve(&ids, true, &mut waiting);
            continue;
        }
        let answer = call(ids.clone()).await;
        if let Some(other) = waiting.last_mut().filter(|other| other.suspicion == Suspicion::Other) {
            other.suspicion = if answer.is_ok() { Suspicion::Bad } else { Suspicion::None };
        }
        match answer {
            Ok(answer) => gathered.answers.push((ids, answer)),
            Err(error) if error.class == ErrorClass::Quarantine => match ids.as_slice() {
                [] => return Err(error),
                [id] => gathered.refused.push(Quarantined { id: *id, reason: error.message }),
                // Without a code no id is to blame: the answer was too large.
                many => halve(many, !error.code.is_empty(), &mut waiting),
            },
            Err(error) => return Err(error),
        }
    }
    Ok(gathered)
}

fn halve(ids: &[i64], is_bad: bool, waiting: &mut Vec<Group>) {
    let (left, right) = ids.split_at(ids.len() / 2);
    let suspicion = if is_bad { Suspicion::Other } else { Suspicion::None };
    waiting.push(Group { ids: right.to_vec(), suspicion });
    waiting.push(Group { ids: left.to_vec(), suspicion: Suspicion::None });
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn refusal(class: ErrorClass) -> ApiError {
        ApiError {
            class,
            endpoint: shopee::Endpoint::CampaignSettings,
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

    /// The number of calls for 100 ids of which these are bad, at most and at least, wherever they are.
    fn calls(bad: &[i64]) -> usize {
        let made = std::cell::Cell::new(0);
        let call = |group: Vec<i64>| {
            made.set(made.get() + 1);
            let refused = group.iter().any(|id| bad.contains(id));
            async move { if refused { Err(refusal(ErrorClass::Quarantine)) } else { Ok(()) } }
        };
        let ids: Vec<i64> = (0..100).collect();
        let gathered = gather(&ids, call).now_or_never().unwrap().unwrap();
        let refused: Vec<i64> = gathered.refused.iter().map(|bad| bad.id).collect();
        assert_eq!(refused, bad);
        let answered: usize = gathered.answers.iter().map(|(ids, ())| ids.len()).sum();
        assert_eq!(answered, 100 - bad.len(), "each id is answered once");
        made.get()
    }

    #[test]
    fn a_bad_id_costs_less_than_twice_the_logarithm() {
        assert_eq!(calls(&[]), 1);
        for bad in 0..100 {
            assert!(calls(&[bad]) - 1 <= 13, "{bad}: {}", calls(&[bad]));
            for other in bad + 1..100 {
                assert!(calls(&[bad, other]) - 1 <= 26, "{bad}, {other}");
            }
        }
    }

    #[test]
    fn any_other_error_ends_it() {
        let call = |_| async { Err::<(), _>(refusal(ErrorClass::Retry)) };
        assert!(gather(&[1, 2], call).now_or_never().unwrap().is_err());
    }
}
