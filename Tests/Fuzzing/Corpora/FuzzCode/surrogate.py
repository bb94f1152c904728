x = 'í €'
return x
