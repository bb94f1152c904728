class A:
    def f(self): return self.__x, self._B__y
class B: __y = 1
open = 1
