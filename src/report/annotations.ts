import * as core from '@actions/core';
import type { Failure, Outcome } from '../protocol/messages.ts';
import { plainLine } from './text.ts';
import { culprit, type Place } from './traceback.ts';

/** One mark in the run's page, at a line of the repository where that is known. */
export interface Annotation {
  title: string;
  message: string;
  place: Place | undefined;
}

/** `500`, `301 to https://www.example.org/`, in the words of a sentence about a health answer. */
export function answerText(answer: NonNullable<Failure['answer']>): string {
  return answer.location === null ? `${answer.status}` : `${answer.status} to ${plainLine(answer.location)}`;
}

/** `Failed at check`, or `Refused` where nothing was begun. */
export function headline(failure: Failure): string {
  return failure.step === 'lock' ? 'Refused' : `Failed at ${failure.step}`;
}

/** What an outcome says of the site, behind what went wrong. */
export function stateText({ message, failure }: Outcome): string {
  const at = failure ? message.indexOf(`${failure.what}. `) : -1;
  return failure && at >= 0 ? message.slice(at + failure.what.length + 2) : message;
}

/**
 * How a failed operation is shown: at the innermost line of the site's own code when its log holds a traceback.
 * @param state what the site is like now, a sentence
 */
export function failureAnnotation(failure: Failure, state: string): Annotation {
  const found = culprit(failure.log);
  const lines = [
    failure.what,
    ...(found?.error ? [found.error] : []),
    ...(failure.answer ? [`The health check was answered ${answerText(failure.answer)}.`] : []),
    ...(state ? [state] : []),
    failure.next,
  ];
  return {
    title: headline(failure),
    message: lines.map(plainLine).join('\n'),
    place: found?.place,
  };
}

/** Writes an annotation to the run. */
export function annotate({ title, message, place }: Annotation): void {
  const line = place?.line === undefined ? {} : { startLine: place.line };
  const column = place?.column === undefined ? {} : { startColumn: place.column };
  core.error(message, { title, ...(place ? { file: place.path, ...line, ...column } : {}) });
}
