/** Whether a key belongs to whatever has the focus: a field, a menu, an open window. */
export function isTyping({ target }: KeyboardEvent): boolean {
  if (document.querySelector('[role="dialog"]:not([data-closed]), [role="menu"]:not([data-closed])') !== null)
    return true;
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable="true"]');
}
