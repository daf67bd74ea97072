//! Turns, places, and who makes room for whom.

use super::*;
use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};

#[tokio::test]
async fn callers_take_turns_and_each_keeps_its_order() {
    let queue = FairQueue::new(1);
    let (greedy, modest) = (Turn::another(), Turn::another());
    let first = queue.enter(greedy.clone(), 10).await.expect("a place");
    let order = Mutex::new(Vec::new());
    let call = async |turn: Turn, name| {
        let _place = queue.enter(turn, 10).await.expect("room to wait");
        order.lock().expect("no panic").push(name);
    };
    let joined = greedy.apart();
    let all = futures::future::join_all([
        call(greedy.clone(), "a1").boxed_local(),
        call(greedy.clone(), "a2").boxed_local(),
        call(greedy.clone(), "a3").boxed_local(),
        call(joined.clone(), "a4, which c joins").boxed_local(),
        call(modest, "b1").boxed_local(),
    ]);
    let end = async {
        joined.join(&Turn::another());
        drop(first);
    };
    futures::future::join(all, end).await;
    let expected = ["a1", "a4, which c joins", "b1", "a2", "a3"];
    assert_eq!(*order.lock().expect("no panic"), expected);
    assert_eq!(queue.taken(), 0);
}

#[tokio::test]
async fn who_leaves_keeps_nobody_waiting() {
    let queue = FairQueue::new(1);
    let turn = Turn::another();
    let first = queue.enter(turn.clone(), 10).await.expect("a place");
    let mut leaving = Box::pin(queue.enter(turn.clone(), 10));
    let mut staying = Box::pin(queue.enter(turn.clone(), 10));
    assert!(futures::poll!(leaving.as_mut()).is_pending());
    assert!(futures::poll!(staying.as_mut()).is_pending());
    drop(leaving);
    drop(first);
    let place = staying.now_or_never().expect("its turn").expect("a place");
    assert_eq!(queue.taken(), 1);
    // A place that was given and not taken goes on to the next.
    let mut given = Box::pin(queue.enter(turn, 10));
    assert!(futures::poll!(given.as_mut()).is_pending());
    drop(place);
    drop(given);
    assert_eq!(queue.taken(), 0);
}

#[tokio::test]
async fn only_so_many_may_wait() {
    let queue = FairQueue::new(1);
    let _first = queue.enter(Turn::another(), 1).await.expect("a place");
    let mut second = Box::pin(queue.enter(Turn::another(), 1));
    assert!(futures::poll!(second.as_mut()).is_pending());
    assert_eq!(queue.enter(Turn::another(), 1).await.err(), Some(Full));
}

#[tokio::test]
async fn who_has_the_most_waiting_makes_room_for_others() {
    let queue = FairQueue::new(1);
    let (greedy, modest) = (Turn::another(), Turn::another());
    let first = queue.enter(greedy.clone(), 3).await.expect("a place");
    let mut calls: Vec<_> = (0..3)
        .map(|_| Box::pin(queue.enter(greedy.clone(), 3)))
        .collect();
    for call in &mut calls {
        assert!(futures::poll!(call.as_mut()).is_pending());
    }
    assert_eq!(
        queue.enter(greedy, 3).await.err(),
        Some(Full),
        "by its own calls"
    );
    let mut other = Box::pin(queue.enter(modest.clone(), 3));
    assert!(futures::poll!(other.as_mut()).is_pending());
    let last = calls.pop().expect("three calls").now_or_never();
    assert_eq!(last.expect("given up").err(), Some(Full));
    // Two against one: to give one up would only turn it round.
    assert_eq!(queue.enter(modest, 3).await.err(), Some(Full));
    drop(first);
    let place = calls.remove(0).now_or_never().expect("its turn");
    drop(place);
    assert!(other.now_or_never().expect("its turn").is_ok());
}

#[tokio::test]
async fn two_who_wait_for_the_same_make_room_for_others_too() {
    let queue = FairQueue::new(1);
    let (one, other) = (Turn::another(), Turn::another());
    let _first = queue.enter(Turn::another(), 3).await.expect("a place");
    let shared: Vec<_> = (0..3).map(|_| one.apart()).collect();
    let mut calls: Vec<_> = shared
        .iter()
        .map(|turn| Box::pin(queue.enter(turn.clone(), 3)))
        .collect();
    for (call, turn) in calls.iter_mut().zip(&shared) {
        assert!(futures::poll!(call.as_mut()).is_pending());
        turn.join(&other);
    }
    let mut modest = Box::pin(queue.enter(Turn::another(), 3));
    assert!(futures::poll!(modest.as_mut()).is_pending());
    let last = calls.pop().expect("three calls").now_or_never();
    assert_eq!(last.expect("given up").err(), Some(Full));
}

#[tokio::test]
async fn who_comes_later_does_not_go_before_all_who_have_had_a_turn() {
    let queue = FairQueue::new(1);
    let call = |turn: Turn, name| queue.enter(turn, 99).map(move |place| (name, place));
    let mut place = queue.enter(Turn::another(), 99).await;
    let several = Turn::another();
    let mut waiting: FuturesUnordered<_> =
        (0..3).map(|_| call(several.clone(), "several")).collect();
    let mut order = Vec::new();
    for _ in 0..6 {
        waiting.push(call(Turn::another(), "one"));
        assert!(futures::poll!(waiting.next()).is_pending());
        drop(place);
        let next = waiting.next().now_or_never().flatten();
        let (name, given) = next.expect("somebody's turn");
        order.push(name);
        place = given;
    }
    assert_eq!(
        order,
        ["several", "one", "several", "one", "one", "several"]
    );
    drop(place);
}

#[tokio::test]
async fn more_places_are_given_at_once_and_fewer_when_they_are_free() {
    let queue = FairQueue::new(1);
    let first = queue.enter(Turn::another(), 9).await.expect("a place");
    let mut second = Box::pin(queue.enter(Turn::another(), 9));
    assert!(futures::poll!(second.as_mut()).is_pending());
    queue.resize(2);
    let second = second.now_or_never().expect("its turn").expect("a place");
    queue.resize(1);
    drop(first);
    assert!(queue.enter(Turn::another(), 9).now_or_never().is_none());
    drop(second);
    assert!(queue.enter(Turn::another(), 9).now_or_never().is_some());
}
