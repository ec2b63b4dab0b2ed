/** Which migrations a release brings that a database lacks. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { redact } from '../../secrets.ts';
import { BuildError, messageOf } from '../errors.ts';
import { settingsModule } from '../static/static.ts';
import { type InRunner, runDjango } from './in-runner.ts';

/** What a database has: `app.name`; null where nobody could tell, and why. */
export interface Applied {
  migrations: string[] | null;
  why: string | null;
}

/** A migration, and what it does in Django's words. */
export interface Migration {
  name: string;
  operations: string[];
}

/** What `migrate` would apply, in its order. */
export interface Pending {
  /** Null where the release could not be asked. */
  migrations: Migration[] | null;
  /** Whether the database was asked; else they are all that the release has. */
  isKnown: boolean;
  /** What is not known, or why `migrate` would fail. */
  why: string | null;
}

/**
 * Django's own executor, which does not see the database but the list of what it has. argv: the file for its answer (JSON), a file with the
 * list. The stand-in for the connection is never used: only the recorder would.
 */
const MIGRATIONS_PROGRAM = `from __future__ import annotations

import json
import os
import sys
from types import SimpleNamespace


def main() -> None:
    # As manage.py has it: the project's own folder first, not that of this program.
    sys.path[0] = os.getcwd()
    with open(sys.argv[2], encoding="utf-8") as file:
        applied = {tuple(name.split(".", 1)): None for name in json.load(file)}
    import django

    django.setup()
    from django.db.migrations.exceptions import InconsistentMigrationHistory
    from django.db.migrations.executor import MigrationExecutor
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.applied_migrations = lambda self: dict(applied)
    connection = SimpleNamespace(alias="default")
    executor = MigrationExecutor(connection)
    fault = None
    conflicts = executor.loader.detect_conflicts()
    if conflicts:
        fault = "conflicting migrations: " + "; ".join(
            app + ": " + ", ".join(sorted(names)) for app, names in sorted(conflicts.items())
        )
    try:
        executor.loader.check_consistent_history(connection)
    except InconsistentMigrationHistory as error:
        fault = str(error)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    pending = [
        {
            "name": migration.app_label + "." + migration.name,
            "operations": [str(operation.describe()) for operation in migration.operations],
        }
        for migration, _ in plan
    ]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump({"pending": pending, "fault": fault}, file)


main()
`;

const Answer = z.object({
  pending: z.array(z.object({ name: z.string(), operations: z.array(z.string()) })),
  fault: z.string().nullable(),
});

/** Asks the release's Django, in the runner and without a database. Where it does not answer, that is told. */
export async function pendingMigrations(options: InRunner, applied: Applied): Promise<Pending> {
  const { django, stage, inputEnv } = options;
  const isKnown = applied.migrations !== null;
  const list = join(await mkdtemp(join(options.scratch, 'applied-')), 'applied.json');
  await writeFile(list, JSON.stringify(applied.migrations ?? []));
  try {
    const { answerFile } = await runDjango(options, {
      name: 'migrations',
      text: MIGRATIONS_PROGRAM,
      settings: settingsModule(django, { ...stage.env, ...inputEnv, ...stage.buildEnv }),
      args: () => [list],
      writes: false,
      mend: 'what Django sees in the runner is set by build-env: in graceful.yml',
    });
    const { pending, fault } = Answer.parse(JSON.parse(await readFile(answerFile, 'utf8')));
    const why = fault === null ? applied.why : `migrate would fail: ${fault}`;
    return { migrations: pending, isKnown, why };
  } catch (thrown) {
    const said = thrown instanceof BuildError ? (thrown.output.at(-1) ?? thrown.message) : messageOf(thrown);
    const why = `the release's Django could not be asked in the runner: ${redact(said, Object.values(inputEnv))}`;
    return { migrations: null, isKnown: false, why };
  }
}
