async def f():
    async with a as b: yield [x async for x in y if (z := 1)]
try: pass
except* (A, B) as e: raise e from None
return {**a, 'b': f'{c!r:>{d}}'}
