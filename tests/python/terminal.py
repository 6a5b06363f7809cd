"""A program on a terminal of 80 columns, and a person who answers its questions."""
import os
import pty
import select


def on_terminal(words, env, cwd=None, answers=()):
    """Exit code and everything that is shown; each (question, answer) is typed when its question is there."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(cwd or ".")
        os.execvpe(words[0], words, env)
    shown, left = b"", list(answers)
    while True:
        if left and left[0][0] in shown.decode("utf-8", "replace"):
            os.write(fd, left.pop(0)[1].encode())
        if not select.select([fd], [], [], 60)[0]:
            break
        try:
            part = os.read(fd, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    return code, shown.decode("utf-8", "replace")
