import { pieceIds, piecesOf } from './pieces.ts';

/**
 * A manifest as what is new in it: its own lines, and for pieces that stand in a manifest of the host a line
 * `[first piece, number of pieces]`. Pure.
 *
 * @param base - the ids of the pieces of the host's manifest, as it told them; nothing: the manifest itself
 */
export function recipeOf(manifest: string, base = ''): string {
  const places = new Map<string, number>();
  for (const [place, id] of pieceIds(base).entries()) if (!places.has(id)) places.set(id, place);
  const lines: string[] = [];
  let run: { first: number; count: number } | undefined;
  const endRun = (): void => {
    if (run !== undefined) lines.push(`[${run.first},${run.count}]\n`);
    run = undefined;
  };
  for (const { id, text } of piecesOf(manifest)) {
    const place = places.get(id);
    if (place !== undefined && run !== undefined && place === run.first + run.count) run.count += 1;
    else {
      endRun();
      if (place === undefined) lines.push(text);
      else run = { first: place, count: 1 };
    }
  }
  endRun();
  return lines.join('');
}
