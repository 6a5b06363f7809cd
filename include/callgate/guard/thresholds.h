// The thresholds and weights by which the guard decides, in one place; how much is kept to look at
// stands where it is kept. Decided on 2026-11-22 with tests/guard/bars.py, on the development
// traces and on patterns made beforehand; a number that differs from the plan on paper says what
// was measured.
#pragma once

#include <cstdint>

#include "callgate/base/time.h"

namespace callgate {

struct Thresholds {
  // R1: the same call gets the same answer. Each repeat adds its weight to a count that begins
  // at 1.
  double repeat_soft = 3, repeat_hard = 5;
  double repeat_after_write = 0.34;  ///< something was written since: an edit-test loop
  double repeat_transient = 0.34;  ///< time-outs, rate limits and 503 are retried by honest agents
  /// Other calls gave something new since. At 1, 20 of 20 monitors with an unchanged answer were
  /// hard.
  double repeat_amid_progress = 0.34;
  double repeat_pending = 0.1;  ///< "still running": a poller
  /// Hard needs so many in a row with nothing written in between and no pending answer: 40 honest
  /// edit-test cycles with one failing test reach a count of 14 by weak evidence alone.
  uint32_t repeat_strong = 3;

  // R2: a round of calls and answers, again and again. Repeats of the whole round.
  uint32_t cycle_soft = 3, cycle_hard = 5;

  // R3: different guesses fail. CUSUM of ln(p1/p0) for a failure, ln((1-p1)/(1-p0)) for a success.
  double guess_base = 0.10, guess_stuck = 0.60;
  double guess_soft = 9, guess_hard = 12;
  double weight_missing = 1, weight_error = 0.7, weight_empty = 0.5, weight_rate = 0.3;
  /// Of failures of calls that write: bursts of mkdir meet denials without guessing.
  double weight_write = 0.7;
  /// Of errors of calls that may do anything (shells, interpreters): running code isn't guessing.
  /// At 0.7, 15 of 20 sessions of a REPL with 40 % errors were hard.
  double weight_run = 0.5;
  /// Hard needs so many failures that aren't empty answers: of greps 40 % find nothing.
  uint32_t guess_not_empty = 3;
  /// Of numbers in order, 1001, 1002, 1003: a sweep, not a guess. At 1, 9 of 20 sweeps over issues
  /// of which 30 % are gone were hard.
  double weight_sweep = 0.3;
  /// A second sum, of what is missing alone, against a slower mixture: the drift of the first is
  /// -0.03 a call at 70 % successes, and more than 5 % of such runs were missed. At 10, 60 stuck
  /// calls among 70 % successes are found after 29 (p95), none missed of 320; honest sessions of
  /// 250 calls on one tool of which 10, 13, 17 % aren't there alarm in 0, 0.7, 30 % (at 9 in 0, 2,
  /// 38 %; at 12 in 0, 0.7, 20 %).
  double slow_stuck = 0.30, slow_hard = 10;

  // R4: an identifier is changed a little, and again.
  uint32_t mutated_soft = 4, mutated_hard = 6;

  // R5: dead ends of earlier sessions. A call that names a path, a reference or another thing is
  // flagged when one earlier session met it. A question by values alone (a name and a zip code)
  // when three did: fresh users with the same task ask alike, which is nobody's memory lost.
  uint32_t dead_end_sessions = 1, dead_end_sessions_unnamed = 3;
  /// Hard when three earlier sessions met it and this one tries known dead ends again, or tries
  /// five.
  uint32_t dead_end_sessions_hard = 3, dead_end_tries_hard = 2, dead_ends_hard = 5;
  Micros dead_end_life = std::chrono::hours(24 * 7);

  // R6: the share of calls in the window that gave something new.
  uint32_t progress_window = 50;
  double progress_soft = 0.30, progress_hard = 0.15;

  // R7: budgets; soft at `budget_soft` of each. Since the last pause of the session, or a user's
  // action. 2,000 calls, not 1,000: a batch over 500 files that reads, edits and looks again takes
  // 1,500.
  double budget_soft = 0.8;
  uint32_t budget_calls = 2'000;
  Nanos budget_time = std::chrono::hours(12);
  uint64_t budget_bytes = uint64_t{2} << 30;
  /// Of one agent, by UTC days: its sessions of this process, and what Guard::spent() says.
  uint32_t budget_calls_a_day = 20'000;
  Nanos pause = std::chrono::minutes(30);
};

}  // namespace callgate
