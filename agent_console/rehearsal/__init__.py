"""The rehearsal page 语音菜单预演: the whole menu walked in the browser, by the very dialogs of a call."""
