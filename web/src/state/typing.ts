/** Whether a key belongs to whatever has the focus: a field, a menu, an open window. */
export function isTyping({ target }: KeyboardEvent): boolean {
  if (document.querySelector('[data-over]:not([data-closed])') !== null) return true;
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable="true"]');
}
