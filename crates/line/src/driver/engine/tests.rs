use super::*;
use crate::driver::live_call::tests::{call_of, nothing_on_air};
use media::{Ptime, rtp};
use net::{Waker, Writer};
use sip::sdp::TelephoneEvent;
use std::net::UdpSocket;
use std::sync::mpsc::{Receiver, channel};

#[test]
fn a_fault_loses_the_calls_of_its_thread_and_the_thread_begins_again() {
    let (orders, reports, vitals, on_air) = running_engine();
    let ear = join(&orders, &on_air, 0);
    ear.recv(&mut [0; 200]).unwrap();

    orders.write(Order::Panic);
    let unlucky_ear = join(&orders, &on_air, 0);
    assert!(matches!(reports.recv(), Ok(Report::Fell { thread: 7 })));
    orders.write(Order::Restart);
    let next_ear = join(&orders, &on_air, 0);

    assert_eq!(next_ear.recv(&mut [0; 200]).unwrap(), 172);
    unlucky_ear.set_nonblocking(true).unwrap();
    assert!(
        unlucky_ear.recv(&mut [0; 200]).is_err(),
        "its seat was given up before it came"
    );
    assert_eq!(vitals.media[7].faults.load(Relaxed), 1);
}

#[test]
fn what_a_lost_call_left_to_do_is_not_done_to_the_next_one_in_its_seat() {
    let (mut engine, reports, _vitals, on_air) = engine();
    engine.over.push(0);
    engine.heard.push(0);
    let orders = run(engine);

    orders.write(Order::Panic);
    assert!(matches!(reports.recv(), Ok(Report::Fell { thread: 7 })));
    orders.write(Order::Restart);
    let _ear = join(&orders, &on_air, 0);

    let Ok(Report::Left { track, .. }) = reports.recv() else {
        panic!("nobody left");
    };
    assert_eq!(track.counts.sent, 27, "from the half second of silence on");
}

#[test]
fn a_call_that_leaves_is_given_back_and_its_seat_can_be_used_again() {
    let (orders, reports, _vitals, on_air) = running_engine();
    for _ in 0..3 {
        let ear = join(&orders, &on_air, 3);
        ear.recv(&mut [0; 200]).unwrap();
        orders.write(Order::Leave { seat: 3 });
        let Ok(Report::Left { track, why, .. }) = reports.recv() else {
            panic!("nobody left");
        };
        assert!(track.seat == 3 && why == Parting::Told && track.counts.sent > 0);
    }
}

#[test]
fn orders_for_an_empty_seat_are_passed_over() {
    let (orders, _reports, _vitals, on_air) = running_engine();
    orders.write(Order::Leave { seat: 1 });
    orders.write(Order::Key {
        seat: 900,
        key: '5',
    });
    let ear = join(&orders, &on_air, 900);

    assert_eq!(ear.recv(&mut [0; 200]).unwrap(), 172);
}

#[test]
fn of_a_flood_of_keys_each_round_reads_as_much_as_of_any_other() {
    let (mut engine, _reports, _vitals, on_air) = engine();
    let (mut call, mut track, ear) = call_of(&on_air.load_full(), Ptime::Ms20);
    track.seat = 0;
    let keys = Some(TelephoneEvent {
        payload_type: 101,
        clock: 8_000,
    });
    let agreed = Agreed {
        keys,
        ..call.agreed()
    };
    call.redirect(&mut track, agreed).unwrap();
    track.socket.ask_receive_buffer(65_536).unwrap();
    let port = track.socket.local_addr().unwrap();
    engine.welcome(call, track);
    for press in 0..40 {
        let header = rtp::encode_header(101, true, press, u32::from(press) * 8_000, 9);
        let key_9 = [9, 10, 0, 160];
        ear.send_to(&[&header[..], &key_9].concat(), port).unwrap();
    }

    (0..60).for_each(|slot| engine.take_keys(slot, Instant::now()));

    let (_, track) = engine.seats.find(0).unwrap();
    let left = std::iter::from_fn(|| track.socket.recv(&mut [0; 200]).unwrap());
    assert_eq!(left.count(), 40 - 16);
}

#[test]
fn a_key_in_the_turn_of_a_last_frame_is_answered_after_the_whole_half_second() {
    let (mut engine, _reports, _vitals, on_air) = engine();
    let (call, mut track, _ear) = call_of(&on_air.load_full(), Ptime::Ms20);
    track.seat = 0;
    engine.welcome(call, track);
    let mut slots = 0..;
    while engine.over.is_empty() {
        engine.send_slot(slots.next().unwrap());
    }

    engine.press(0, '*');
    engine.begin_next_steps();

    let (_, track) = engine.seats.find(0).unwrap();
    assert_eq!(track.pause_left, 4_000);
}

#[test]
fn after_a_day_in_which_the_machine_stood_still_a_call_goes_on_at_once() {
    let (mut engine, _reports, vitals, on_air) = engine();
    let (call, mut track, _ear) = call_of(&on_air.load_full(), Ptime::Ms20);
    track.seat = 0;
    let before = track.player.timestamp();
    engine.welcome(call, track);
    let day = Duration::from_secs(86_400);

    let begun = Instant::now();
    engine.keep_time(engine.wheel.deadline() + day);

    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(vitals.media[7].skipped_slots.load(Relaxed), 86_400_000);
    let (_, track) = engine.seats.find(0).unwrap();
    let passed = track.player.timestamp().wrapping_sub(before);
    assert_eq!((passed, track.call_left), (86_400 * 8_000, 1));
}

#[test]
fn sending_a_slot_allocates_nothing_encrypted_or_not_even_when_every_step_is_over() {
    let (mut engine, _reports, _vitals, on_air) = engine();
    let mut ears = vec![];
    for seat in 0..100 {
        let (mut call, mut track, ear) = call_of(&on_air.load_full(), Ptime::Ms20);
        track.seat = seat;
        let keys = seat.is_multiple_of(2).then(keys);
        call.change_keys(&mut track, keys.as_ref());
        engine.welcome(call, track);
        ears.push(ear);
    }
    let mut over = 0;
    for slot in 0..2_000 {
        let allocated = allocation_counter::measure(|| engine.send_slot(slot));
        assert_eq!(allocated.count_total, 0, "in slot {slot}");
        over += engine.over.len();
        engine.begin_next_steps();
    }

    assert!(over >= 300, "steps were over all the time: {over}");
    // Half a second of silence, two prompts of a packet each.
    assert_eq!(engine.pulse().sent.load(Relaxed), 100 * 27);
}

#[test]
fn a_call_in_the_clear_costs_eight_octets_for_those_that_are_encrypted() {
    let with_key = size_of::<Option<Box<media::srtp::Sealer>>>();
    assert_eq!(with_key, 8);
}

#[test]
fn what_a_packet_needs_lies_in_two_cache_lines() {
    assert_eq!(size_of::<Track>(), 128);
}

fn keys() -> Keys {
    let key = media::srtp::MasterKey::new([7; 30]);
    Keys {
        suite: media::srtp::Suite::AesCm128HmacSha1_80,
        ours: key,
        theirs: key,
        mki: None,
    }
}

type Running = (
    Writer<Order>,
    Receiver<Report>,
    Arc<Vitals>,
    Arc<ArcSwap<OnAir>>,
);

/// Sends a call to this seat; answers its ear.
fn join(orders: &Writer<Order>, on_air: &ArcSwap<OnAir>, seat: u32) -> UdpSocket {
    let (call, mut track, ear) = call_of(&on_air.load_full(), Ptime::Ms20);
    track.seat = seat;
    orders.write(Order::Join { call, track });
    ear
}

/// The engine ends with the test, when its orders end.
fn running_engine() -> Running {
    let (engine, reports, vitals, on_air) = engine();
    (run(engine), reports, vitals, on_air)
}

fn run(engine: Engine) -> Writer<Order> {
    let (orders, mut from_signalling) = net::inbox();
    std::thread::spawn(move || engine.run(&mut from_signalling));
    orders
}

fn engine() -> (Engine, Receiver<Report>, Arc<Vitals>, Arc<ArcSwap<OnAir>>) {
    let on_air = Arc::new(ArcSwap::from_pointee(nothing_on_air()));
    let vitals = Arc::new(Vitals::new(8, Instant::now()));
    let (sender, reports) = channel();
    let to_signalling = Reports {
        sender,
        waker: Waker::new().unwrap(),
    };
    let (air, watched) = (Arc::clone(&on_air), Arc::clone(&vitals));
    let engine = Engine::new(7, Instant::now(), 4, to_signalling, air, watched).unwrap();
    (engine, reports, vitals, on_air)
}
