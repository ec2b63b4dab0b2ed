/** What a case waited for did not come: that is a violation, and no fault of the case itself. */
export class Unmet extends Error {
  override name = 'Unmet';
}

/** Begins what is said of a case that came to nothing, which shows nothing. */
export const BROKE = 'the case itself broke: ';
