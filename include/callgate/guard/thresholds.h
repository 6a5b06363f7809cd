// The thresholds and weights by which the guard decides, in one place. (How much data is kept is
// defined where it is kept.) They were chosen on 2026-11-22 with tests/guard/bars.py, on the
// development traces and on patterns that were committed before the first run. Where a number
// differs from the original plan, its comment gives the measurement.
#pragma once

#include <cstddef>
#include <cstdint>

#include "callgate/base/time.h"

namespace callgate {

/// A guard remembers at most this many dead ends, of all agents.
inline constexpr size_t kMostDeadEnds = 16'384;

struct Thresholds {
  // Rule "repeated-call": the same call gets the same answer. Each repeat adds its weight to a
  // count that begins at 1.
  double repeat_soft = 3, repeat_hard = 5;
  /// The weight of a repeat if a call wrote something since the previous one, as in an edit-test
  /// loop.
  double repeat_after_write = 0.34;
  /// The weight of a repeat after a time-out, a rate limit or a 503, because honest agents retry
  /// after these.
  double repeat_transient = 0.34;
  /// The weight of a repeat if other calls gave new answers since the previous one. With a weight
  /// of 1, honest sessions that watch something unchanged got hard findings (20 of 20 in the test
  /// data).
  double repeat_amid_progress = 0.34;
  double repeat_pending = 0.1;  ///< the answer reports "still running", as for a client that polls
  /// A hard finding needs this many repeats in a row with nothing written in between and no pending
  /// answer. Otherwise repeats of small weight could add up to a hard finding: 40 honest edit-test
  /// cycles with one failing test reach a count of 14.
  uint32_t repeat_strong = 3;

  // Rule "cycle": a round of calls and answers repeats. The numbers count repeats of the whole
  // round.
  uint32_t cycle_soft = 3, cycle_hard = 5;

  // Rule "guessing": different guesses fail. A sum (CUSUM) adds ln(p1/p0) for a failure and
  // ln((1-p1)/(1-p0)) for a success. p0 is guess_base, the rate of failures of an honest agent, and
  // p1 is guess_stuck, the rate of a stuck agent.
  double guess_base = 0.10, guess_stuck = 0.60;
  double guess_soft = 9, guess_hard = 12;
  double weight_missing = 1, weight_error = 0.7, weight_empty = 0.5, weight_rate = 0.3;
  /// For calls that write, `weight_missing` and `weight_error` are multiplied by this. It is below
  /// 1 because a series of mkdir calls may all be denied without any guessing.
  double weight_write = 0.7;
  /// The weight of errors of calls that may do anything (shells, interpreters). It is lower because
  /// running code isn't guessing. At 0.7, 15 of 20 sessions of a REPL with 40 % errors were hard
  /// findings.
  double weight_run = 0.5;
  /// A hard finding needs this many failures that aren't empty answers, because 40 % of greps find
  /// nothing.
  uint32_t guess_not_empty = 3;
  /// The weight of failures with consecutive numbers (1001, 1002, 1003), because such calls go
  /// through a list instead of guessing. With a weight of 1, 9 of 20 runs over lists of issues, of
  /// which 30 % were gone, were hard findings.
  double weight_sweep = 0.3;
  /// A second sum counts only failures that mean "does not exist", and compares them with a lower
  /// rate of failures (slow_stuck). It is needed because the first sum drifts by -0.03 per call at
  /// 70 % successes and missed more than 5 % of such runs. With slow_hard = 10, it finds runs of 60
  /// stuck calls with 70 % successes after 29 calls (p95), and it missed none of 320 runs. Honest
  /// sessions of 250 calls on one tool with 10, 13 and 17 % missing raise an alarm in 0, 0.7 and 30
  /// % of the runs (with slow_hard = 9: 0, 2 and 38 %; with 12: 0, 0.7 and 20 %).
  double slow_stuck = 0.30, slow_hard = 10;

  // Rule "mutated-id": an identifier is changed a little, again and again.
  uint32_t mutated_soft = 4, mutated_hard = 6;

  // Rule "dead-end": dead ends of earlier sessions. If a call names a path, a reference or another
  // subject, one earlier session that ran into the same dead end is enough for a finding. If a call
  // only passes values (a name and a zip code), three earlier sessions are needed, because
  // different users with the same task make the same calls, and then no agent has forgotten
  // anything.
  uint32_t dead_end_sessions = 1, dead_end_sessions_unnamed = 3;
  /// The finding is hard if three earlier sessions ran into the dead end and this session has tried
  /// known dead ends at least twice, or if this session has tried five different ones.
  uint32_t dead_end_sessions_hard = 3, dead_end_tries_hard = 2, dead_ends_hard = 5;
  Micros dead_end_life = std::chrono::hours(24 * 7);

  // Rule "no-progress": the share of the last `progress_window` calls that gave something new.
  uint32_t progress_window = 50;
  double progress_soft = 0.30, progress_hard = 0.15;

  // Rule "budget": budgets of calls, time and bytes since the last pause of the session or the
  // user's last action. A finding is soft when the share `budget_soft` of any of these budgets is
  // used. The limit is 2,000 calls and not 1,000, because a batch over 500 files that reads, edits
  // and looks again takes 1,500.
  double budget_soft = 0.8;
  uint32_t budget_calls = 2'000;
  Nanos budget_time = std::chrono::hours(12);
  uint64_t budget_bytes = uint64_t{2} << 30;
  /// Calls of one agent in a UTC day: the calls in this process, and the calls that Guard::spent()
  /// reports.
  uint32_t budget_calls_a_day = 20'000;
  Nanos pause = std::chrono::minutes(30);
};

}  // namespace callgate
