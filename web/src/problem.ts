/** What went wrong, in a sentence that is shown as it is. */
export class Problem extends Error {
  override readonly name = "Problem";
}

/** Any error as a sentence. */
export function sentence(error: unknown): string {
  if (error instanceof Problem) {
    return error.message;
  }
  return `Something unexpected happened: ${error instanceof Error ? error.message : String(error)}`;
}
