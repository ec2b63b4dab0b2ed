/**
 * The invariants of the transaction on a host, and where to find the tests that guard each of them. Whoever takes out the
 * line that upholds one finds here what has to go red.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** A file, and titles of tests in it. */
type Guard = readonly [file: string, ...tests: readonly [string, ...string[]]];

const INVARIANTS: Readonly<Record<number, { readonly holds: string; readonly guards: readonly Guard[] }>> = {
  1: {
    holds: 'before SWITCH nothing that a visitor can see changes; a failure ends the new backend and marks the release',
    guards: [
      ['__tests__/bad-release.test.ts', '$fault: the old one serves on, untouched'],
      ['__tests__/recovery.test.ts', '%s: nothing had changed'],
      ['host/tests/test_transaction.py', 'test_what_is_bad_never_gets_a_visitor'],
    ],
  },
  2: {
    holds: 'the old backend is stopped last, when nobody is connected; there are two web backends at most',
    guards: [
      ['__tests__/deploy.test.ts', 'no request fails, and the answer changes once'],
      [
        '__tests__/tick.test.ts',
        'makes `working`, drains, and stops the old backend when its last visitor is served',
        'stops the old backend when the drain time is over, whoever waits, and not before',
      ],
      [
        'host/tests/test_draining.py',
        'test_a_rollback_takes_it_and_the_standby_makes_room',
        'test_once_sigterm_is_journalled_another_one_is_started',
      ],
      ['host/tests/test_strategy.py', 'test_never_two_at_once_and_it_says_what_that_costs'],
    ],
  },
  3: {
    holds: 'answered means good answers in a row of a process that is proved to be the new one, all the time',
    guards: [
      [
        'host/tests/test_health.py',
        'test_so_many_good_answers_in_a_row',
        'test_another_process_on_the_socket_does_not_count',
        'test_a_redirect_is_not_healthy_and_is_shown',
        'test_another_release_is_served',
      ],
      ['host/tests/test_watch.py', 'test_restarted_since_its_first_answer'],
    ],
  },
  4: {
    holds: 'after SWITCH what fails falls back unasked, after a durable confirm never; a full disk stops neither',
    guards: [
      ['__tests__/bad-release.test.ts', '$fault: the site falls back by itself'],
      [
        '__tests__/lost-runner.test.ts',
        'the runner is killed: the host falls back by itself when the lease is over, and not before',
      ],
      ['__tests__/recovery.test.ts', 'confirm: stays live, and all links follow'],
      [
        '__tests__/slow/wrong-host.test.ts',
        'after the checks: the space for the switch and the confirm is there',
        'after the checks, and root has taken the blocks that are kept for it: the same',
        'by %s: the fall-back has its space',
      ],
      [
        'host/tests/test_transaction.py',
        'test_it_is_started_again_and_serves',
        'test_it_does_not_come_up_and_the_new_one_is_better_than_nothing',
        'test_nothing_comes_up',
        'test_a_manager_that_refuses_to_stop_the_new_one_keeps_nobody_from_falling_back',
      ],
      [
        '__tests__/slow/operations.test.ts',
        'starts it again, and it serves',
        'tells the truth when it does not come up: what serves now, and what to do',
      ],
      ['host/tests/test_keepalive.py', 'test_it_does_not_switch_unless_told', 'test_never_where_the_migrations_differ'],
    ],
  },
  5: {
    holds: 'whatever dies, at any step, one whole release serves; the journal is written before the act',
    guards: [
      [
        '__tests__/recovery.test.ts',
        '%s between switch and confirm: the old release serves after the boot',
        'operation, front and runner are gone: the next tick recovers',
        'switch: falls back',
      ],
      ['host/tests/test_journal.py', 'test_a_torn_last_line_is_left_out_wherever_it_is_torn'],
      [
        'host/tests/test_strategy.py',
        'test_killed_at_any_step_one_whole_release_serves',
        'test_killed_on_the_way_back_it_ends_nothing_that_serves',
      ],
      ['host/tests/test_by_hand.py', 'test_killed_when_it_was_up_it_stays_up'],
      ['host/tests/test_transaction.py', 'test_a_stop_that_was_only_announced_is_carried_out_by_the_timer'],
    ],
  },
  6: {
    holds: 'two operations never interleave; whoever waits or gives up is told who holds the lock',
    guards: [
      [
        'host/tests/test_lock.py',
        'test_only_one_at_a_time',
        'test_freed_by_kill_9',
        'test_programs_that_it_starts_do_not_hold_it',
      ],
      [
        'host/tests/test_waiting.py',
        'test_whoever_gives_up_says_who_holds_it',
        'test_a_deploy_that_has_not_switched_gives_way',
        'test_what_is_sealed_does_not',
      ],
      ['host/tests/test_assemble.py', 'test_holds_keep_clean_up_away_until_all_are_released'],
      [
        '__tests__/slow/operations.test.ts',
        'a rollback that pre-empts it does not wait for a release that hangs',
        'a rollback while it builds or receives does not wait, and the deploy is superseded',
      ],
    ],
  },
  7: {
    holds: 'what was asked for later is never overtaken by something older',
    guards: [
      ['__tests__/unchanged.test.ts', 'an older one never goes over a newer one; the same one may run again'],
      [
        'host/tests/test_waiting.py',
        'test_what_was_asked_for_earlier_is_superseded',
        'test_tickets_never_repeat',
        'test_an_older_run_of_the_same_workflow',
      ],
    ],
  },
  8: {
    holds:
      'whatever is linked, running, in standby or among the good ones to keep is never pruned; order is the journal’s',
    guards: [
      ['host/tests/test_history_order.py', 'test_order_is_the_journals_not_that_of_the_ids'],
      [
        'host/tests/test_keeping.py',
        'test_the_newest_good_ones_by_the_journal_stay',
        'test_failed_ones_never_use_up_the_good_ones',
        'test_linked_ones_stay_whatever_they_are',
        'test_running_ones_stay_in_every_role',
        'test_the_standby_stays',
      ],
      [
        'host/tests/test_pruning.py',
        'test_refuses_what_is_in_use_or_not_there',
        'test_a_release_in_which_a_command_runs_stays',
      ],
    ],
  },
  9: {
    holds: 'a page that any release rendered finds its hashed assets',
    guards: [
      ['__tests__/bad-release.test.ts', '$fault: the site falls back by itself'],
      [
        'host/tests/test_cleaning.py',
        'test_kept_until_their_time_is_over',
        'test_a_release_that_was_removed_by_hand_keeps_everything',
      ],
      ['host/tests/test_pruning.py', 'test_on_a_full_disk_it_makes_room_and_keeps_the_assets_of_what_goes'],
      ['__tests__/slow/host-command.test.ts', 'the timer prunes by `keep`, and assets stay until their time is over'],
    ],
  },
  10: {
    holds:
      'a rollback never touches the database, says which migrations are ahead, and then has to be asked for explicitly',
    guards: [
      [
        '__tests__/deploy.test.ts',
        'stands in the way of a rollback: it is named, and nothing is touched',
        'is not taken back by a rollback that goes all the same, and names what the database is ahead by',
      ],
      [
        'host/tests/test_database_ahead.py',
        'test_refused_before_anything_is_touched',
        'test_goes_where_it_is_said_explicitly',
        'test_no_deploy_gives_way_to_what_is_refused',
        'test_whatever_goes_to_another_release_is_asked',
      ],
      ['host/tests/test_history_order.py', 'test_a_release_is_behind_what_later_ones_applied'],
    ],
  },
  11: {
    holds: 'secrets are never in argv, logs, the journal, or a file that anybody may read',
    guards: [
      [
        '__tests__/secrets.test.ts',
        "all the while deploys and a rollback run, no process but the site's own has a secret in argv or environ",
        'on the host no secret is in a journal, in .op/, or in a file that anybody may read',
      ],
    ],
  },
  12: {
    holds: 'the store never lies: what it holds is what its name says',
    guards: [
      [
        'host/tests/test_assemble.py',
        'test_links_for_all_but_empty_files',
        'test_code_is_copied',
        'test_where_no_link_can_be_a_copy_is_made',
      ],
      ['host/tests/test_receive.py', 'test_damaged_anywhere', 'test_a_damaged_tree_is_never_read_as_another_one'],
      ['host/tests/test_verify_store.py', 'test_it_does_not_count_as_there_any_more_nor_do_trees_that_name_it'],
      ['host/tests/test_verify_meanwhile.py', 'test_wherever_it_is_cut_off_no_known_tree_names_what_was_taken_out'],
      ['host/tests/test_verify_environment.py', 'test_what_runs_from_it_finds_every_file_at_any_moment'],
      ['host/tests/test_journal.py', 'test_the_executable_bit_is_part_of_an_objects_name'],
    ],
  },
};

test('there are twelve', () => {
  expect(Object.keys(INVARIANTS)).toEqual(Array.from({ length: 12 }, (_, index) => String(index + 1)));
});

describe.each(Object.entries(INVARIANTS))('invariant %s', (_, { holds, guards }) => {
  test(holds, () => {
    expect(guards.length).toBeGreaterThan(0);
    for (const [file, ...titles] of guards) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      for (const title of titles) {
        const defined = file.endsWith('.py') ? `def ${title}(self)` : title;
        expect(text.includes(defined), `${file} has no test "${title}" any more`).toBe(true);
      }
    }
  });
});
